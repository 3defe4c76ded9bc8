//! Files.

mod crashes;
mod database;
mod plans;
