//! The inbox as its senders see it, those who stop and kill it, and those who look at its log.

mod browser;
mod crashes;
mod deliveries;
mod delivery_log;
mod fleet;
mod http;
mod postgres;
mod program;
mod proxy;
mod receiver;
mod work_service;
mod worker;
