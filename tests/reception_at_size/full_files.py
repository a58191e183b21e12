"""Full files: what ten stores, side by side, have written down in some years."""

ORDERS, VEHICLES, CUSTOMERS, CALLS, STORES = 100_000, 50_000, 40_000, 20_000, 10


def _id(kind: str, n: str, at_ms: str = "1600000000000") -> str:
    """A UUIDv7 that is `n` milliseconds younger than `at_ms`."""
    told = f"md5('{kind}' || {n})"
    return f"(lpad(to_hex({at_ms} + {n}), 12, '0') || '7' || substr({told}, 1, 3) || '8' || substr({told}, 4, 15))::uuid"


FILL = f"""
CREATE TEMPORARY TABLE store AS
    SELECT nr - 1 AS nr, code
    FROM unnest(array['sh01', 'sh02', 'hz01', 'ny01', 's05', 's06', 's07', 's08', 's09', 's10'])
        WITH ORDINALITY AS listed (code, nr);

CREATE TEMPORARY TABLE known AS
    SELECT n, {_id("customer", "n")} AS customer_id FROM generate_series(0::bigint, {CUSTOMERS - 1}) AS n;
INSERT INTO customers (id, home_store_id, version, cause_id, kind, name, phone, phone_tail, channel, consent, account_terms)
    SELECT customer_id, 'sh01', 1, customer_id, 'person',
           substr('王李张刘陈杨赵黄周吴', 1 + (n % 10)::int, 1) || chr(20000 + (n * 7 % 5000)::int),
           '1380000' || lpad((n * 7919 % 10000)::text, 4, '0'), lpad((n * 7919 % 10000)::text, 4, '0'), 'phone', true, false
    FROM known;

CREATE TEMPORARY TABLE driven AS
    SELECT car AS n, {_id("vehicle", "car")} AS vehicle_id, customer_id
    FROM generate_series(0::bigint, {VEHICLES - 1}) AS car JOIN known ON n = car % {CUSTOMERS};
INSERT INTO vehicles (id, home_store_id, version, cause_id, vin, plate, brand, model, nature, customer_id, odometer_km, visits)
    SELECT vehicle_id, 'sh01', 1, vehicle_id, 'WVWZZZ3C' || lpad(n::text, 9, '0'), '沪A' || lpad(n::text, 5, '0'),
           'Volkswagen', 'Passat', 'private', customer_id, 40000, 2
    FROM driven;

CREATE TEMPORARY TABLE visit AS
    SELECT visit.n, {_id("order", "visit.n * 1000000", "1650000000000")} AS id,
           to_timestamp(1650000000 + visit.n * 1000) AS at, to_timestamp(1650028800 + visit.n * 1000)::date AS day,
           code AS store_id, visit.n / {STORES} AS nth, driven.vehicle_id, driven.customer_id AS driver_id,
           house.customer_id AS house_id,
           CASE WHEN visit.n < {ORDERS} * 0.99 THEN 'delivered'
                ELSE (array['draft', 'authorised', 'authorised', 'work_complete', 'settled', 'delivered'])
                     [1 + visit.n / {STORES} % 6]
           END AS state
    FROM generate_series(0::bigint, {ORDERS - 1}) AS visit (n)
    JOIN store ON store.nr = visit.n % {STORES}
    JOIN driven ON driven.n = visit.n * 31 % {VEHICLES}
    JOIN known AS house ON house.n = store.nr;
INSERT INTO repair_orders (
        id, store_id, version, cause_id, state, state_seq, vehicle_id, customer_id, advisor, words, symptoms, odometer_km,
        fuel_bp, belongings, damage_marks, open_complaint, checked_in_at, opened_on, promised_at, estimate_no, ro_no, total_fen,
        delivered_at, order_kind)
    SELECT id, store_id, 6, id, state, 6, vehicle_id, CASE WHEN nth % 10 = 8 THEN house_id ELSE driver_id END,
           'advisor.' || nth % 12, '刹车有异响', '[]', 40000, 5000, '[]', '[]', false, at, day, at + interval '6 hours', 1,
           CASE WHEN state <> 'draft' THEN
               format('%s-%s-%s', upper(store_id), to_char(day, 'YYYYMMDD'), lpad(n::text, 6, '0')) END,
           CASE WHEN state <> 'draft' THEN 50000 END,
           CASE WHEN state = 'delivered' THEN at + interval '8 hours' END,
           (array['repair', 'maintenance', 'maintenance', 'repair', 'accident', 'repair', 'warranty', 'repair', 'pdi',
                  'rescue'])[1 + nth % 10]
    FROM visit;

INSERT INTO rescue_calls (
        id, store_id, version, cause_id, state, state_seq, caller_name, caller_phone, location, words, taken_by, called_at,
        called_on, response_limit_minutes, outcome, end_reason)
    SELECT id, store_id, 6, id, CASE WHEN nth % 100 = 0 THEN 'towed' ELSE 'closed' END, 6, '赵强', '139 0013 9000', 'K42',
           '抛锚', 'user:lin.wei', at, day, 30, 'towed', CASE WHEN nth % 100 > 0 THEN 'towed home' END
    FROM visit WHERE n >= {ORDERS - CALLS};
"""
"""One order in a hundred is not over yet; a tenth are the stores' own cars, each store's with one customer, the house."""
