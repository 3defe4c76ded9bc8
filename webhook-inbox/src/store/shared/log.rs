//! What is read for the log, by indexes only.

/// Expands what the log needs.
macro_rules! log {
    () => {
        async fn list(pool: &Pool, filter: &Filter) -> Result<Page, StoreError> {
            if filter.has_nul() {
                return Ok(Page::default());
            }
            let Some((kinds, too_many_kinds)) = kinds(pool, filter).await? else {
                return Ok(Page::default());
            };
            let Some(range) = range(pool, filter).await? else { return Ok(Page::default()) };
            let mut limit = if filter.text.is_some() { Filter::SEARCHED } else { Filter::PAGE + 1 };
            if filter.from.is_some() || filter.until.is_some() {
                limit = limit.max(Filter::PAGE + 1 + shared::MARGIN);
            }
            let mut query = Builder::new("");
            candidates(&mut query, filter, &kinds, range, limit);
            let numbers: Vec<i64> = query.build_query_scalar().fetch_all(pool).await?;
            let mut rows: Vec<super::Row> = Vec::new();
            // A few at a time, so that a text that many have is found without reading all bodies.
            for numbers in numbers.chunks(Filter::PAGE * 4) {
                let mut query = Builder::new(shared::COLUMNS);
                query.push(" from inbox_deliveries d join inbox_kinds k on k.id = d.kind where d.number in (");
                let mut among = query.separated(", ");
                for number in numbers {
                    among.push_bind(*number);
                }
                query.push(")");
                if let Some(from) = filter.from {
                    query.push(" and +d.received_at >= ").push_bind(shared::millis(from));
                }
                if let Some(until) = filter.until {
                    query.push(" and +d.received_at < ").push_bind(shared::millis(until));
                }
                if let Some(text) = &filter.text {
                    query.push(CONTAINS.0).push_bind(text.clone().into_bytes()).push(CONTAINS.1);
                }
                query.push(" order by d.number desc");
                let found: Vec<shared::Columns> = query.build_query_as().fetch_all(pool).await?;
                for columns in found {
                    rows.push(columns.try_into()?);
                }
                if rows.len() > Filter::PAGE {
                    break;
                }
            }
            let has_more = rows.len() > Filter::PAGE;
            rows.truncate(Filter::PAGE);
            let is_searched = numbers.len() == limit && !has_more;
            let next = if has_more {
                rows.last().map(|row| row.number)
            } else {
                numbers.last().copied().filter(|_| is_searched)
            };
            let is_partial = too_many_kinds || (is_searched && filter.text.is_some());
            Ok(Page { rows, next, is_partial })
        }

        /// Appends the query for the numbers of the newest deliveries that match all but the text and, exactly, the times.
        ///
        /// Each kind and state is read in the order of its own index, and nothing but the index. The signs keep the
        /// database from an index that would have to be sorted.
        fn candidates(
            query: &mut Builder,
            filter: &Filter,
            kinds: &[i64],
            (first, last): (Option<i64>, Option<i64>),
            limit: usize,
        ) {
            let by_id = filter.delivery_id.is_some();
            let each_kind: Vec<Option<i64>> = if kinds.is_empty() || by_id {
                vec![None]
            } else {
                kinds.iter().copied().map(Some).collect()
            };
            let each_state: Vec<Option<State>> = match filter.state {
                Some(state) => vec![Some(state)],
                None if kinds.is_empty() || by_id => vec![None],
                None => State::ALL.into_iter().map(Some).collect(),
            };
            query.push("select number from (");
            let mut is_first = true;
            for kind in each_kind {
                for state in &each_state {
                    query.push(if is_first { "" } else { " union all " });
                    is_first = false;
                    query.push("select number from (select number from inbox_deliveries where 1 = 1");
                    if let Some(id) = &filter.delivery_id {
                        query.push(" and delivery_id = ").push_bind(id.clone());
                        if !kinds.is_empty() {
                            query.push(" and +kind in (");
                            let mut among = query.separated(", ");
                            for kind in kinds {
                                among.push_bind(*kind);
                            }
                            query.push(")");
                        }
                    }
                    if let Some(kind) = kind {
                        query.push(" and kind = ").push_bind(kind);
                    }
                    if let Some(state) = state {
                        query.push(if by_id { " and +state = " } else { " and state = " });
                        query.push_bind(state.code());
                    }
                    if let Some(first) = first {
                        query.push(" and number >= ").push_bind(first);
                    }
                    if let Some(last) = last {
                        query.push(" and number <= ").push_bind(last);
                    }
                    query.push(" order by number desc limit ").push_bind(shared::limit(limit));
                    query.push(") of_kind");
                }
            }
            query.push(") candidates order by number desc limit ").push_bind(shared::limit(limit));
        }

        /// The first and the last number that can match, or `None` if none can.
        async fn range(
            pool: &Pool,
            filter: &Filter,
        ) -> Result<Option<(Option<i64>, Option<i64>)>, StoreError> {
            let margin = i64::try_from(shared::MARGIN).unwrap_or(i64::MAX);
            let mut last = filter.before.map(|before| before.saturating_sub(1));
            if let Some(until) = filter.until {
                let newest: Option<i64> = sqlx::query_scalar(
                    "select number from inbox_deliveries where received_at < $1 \
                     order by received_at desc, number desc limit 1",
                )
                .bind(shared::millis(until))
                .fetch_optional(pool)
                .await?;
                let Some(newest) = newest else { return Ok(None) };
                let newest = newest.saturating_add(margin);
                last = Some(last.map_or(newest, |last| last.min(newest)));
            }
            let mut first = None;
            if let Some(from) = filter.from {
                let oldest: Option<i64> = sqlx::query_scalar(
                    "select number from inbox_deliveries where received_at >= $1 \
                     order by received_at, number limit 1",
                )
                .bind(shared::millis(from))
                .fetch_optional(pool)
                .await?;
                let Some(oldest) = oldest else { return Ok(None) };
                first = Some(oldest.saturating_sub(margin));
            }
            Ok(Some((first, last)))
        }

        /// The kinds that a filter lets through, and whether there are more: none if it lets all through, and `None` if it
        /// lets through none.
        async fn kinds(
            pool: &Pool,
            filter: &Filter,
        ) -> Result<Option<(Vec<i64>, bool)>, StoreError> {
            if filter.provider.is_none() && filter.endpoint.is_none() && filter.event.is_none() {
                return Ok(Some((Vec::new(), false)));
            }
            let mut query = Builder::new("select id from inbox_kinds where 1 = 1");
            if let Some(provider) = &filter.provider {
                query.push(" and provider = ").push_bind(provider.clone());
            }
            if let Some(endpoint) = &filter.endpoint {
                query.push(" and endpoint = ").push_bind(endpoint.clone());
            }
            if let Some(event) = &filter.event {
                query.push(" and event like ").push_bind(shared::prefix(event)).push(" escape '\\'");
            }
            query.push(" order by id limit ").push_bind(shared::limit(Filter::KINDS + 1));
            let mut kinds: Vec<i64> = query.build_query_scalar().fetch_all(pool).await?;
            let too_many = kinds.len() > Filter::KINDS;
            kinds.truncate(Filter::KINDS);
            Ok(Some((kinds, too_many)).filter(|(kinds, _)| !kinds.is_empty()))
        }

        async fn detail(pool: &Pool, number: Number) -> Result<Option<Detail>, StoreError> {
            let mut query = Builder::new(shared::COLUMNS);
            query.push(" from inbox_deliveries d join inbox_kinds k on k.id = d.kind where d.number = ");
            query.push_bind(number);
            let row: Option<shared::Columns> = query.build_query_as().fetch_optional(pool).await?;
            let stored: Option<(String, Vec<u8>, Option<Vec<u8>>)> =
                sqlx::query_as("select record, body, head from inbox_deliveries where number = $1")
                    .bind(number)
                    .fetch_optional(pool)
                    .await?;
            let failures: Vec<shared::AttemptColumns> = sqlx::query_as(
                "select number, started_at, ended_at, error from inbox_attempts where delivery = $1 \
                 order by number desc limit 100",
            )
            .bind(number)
            .fetch_all(pool)
            .await?;
            let (Some(row), Some((record, body, head))) = (row, stored) else { return Ok(None) };
            shared::detail(row.try_into()?, &record, body, head, failures).map(Some)
        }

        async fn backlog(pool: &Pool, now: UnixTime) -> Result<Backlog, StoreError> {
            use super::Counts;

            let oldest: Option<i64> = sqlx::query_scalar(
                "select min((select received_at from inbox_deliveries \
                 where endpoint = each.endpoint and run_at <= $1 order by run_at, number limit 1)) \
                 from (select distinct endpoint from inbox_kinds) each",
            )
            .bind(shared::millis(now))
            .fetch_one(pool)
            .await?;
            let mut counts = Counts::default();
            for state in State::ALL {
                let count: i64 = sqlx::query_scalar(
                    "select count(*) from \
                     (select 1 from inbox_deliveries where state = $1 order by number limit 10000) counted",
                )
                .bind(state.code())
                .fetch_one(pool)
                .await?;
                let count = u64::try_from(count).unwrap_or_default();
                counts.set(state, count);
            }
            Ok(Backlog { oldest: oldest.map(shared::time), counts })
        }

        async fn endpoints(pool: &Pool) -> Result<Vec<(String, String)>, StoreError> {
            Ok(sqlx::query_as(
                "select distinct endpoint, provider from inbox_kinds order by endpoint, provider limit 100",
            )
            .fetch_all(pool)
            .await?)
        }
    };
}

pub(in crate::store) use log;
