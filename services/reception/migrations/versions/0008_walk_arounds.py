"""Inquiry sheets, walk-arounds and photos, what is brought forward, who waits, and the customer's timeline."""

from alembic import op

from shared.migrations import append_only, store_scoped

revision = "0008"
down_revision = "0007"

TABLES = """
ALTER TABLE repair_orders
    ADD COLUMN warning_lamps jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN wishes jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN read_back boolean NOT NULL DEFAULT false,
    ADD COLUMN inquiry_no bigint NOT NULL DEFAULT 0,
    ADD COLUMN walk_around_no bigint NOT NULL DEFAULT 0,
    ADD COLUMN key_tag text,
    ADD COLUMN previous_km bigint,
    ADD COLUMN previous_read_at timestamptz,
    ADD COLUMN previous_store text,
    ADD COLUMN waits boolean NOT NULL DEFAULT false,
    ADD COLUMN long_wait_at timestamptz;;
CREATE INDEX ix_repair_orders_waiting ON repair_orders (store_id, id) WHERE long_wait_at IS NOT NULL AND delivered_at IS NULL;;

CREATE TABLE inquiries (
    id uuid NOT NULL,
    store_id text NOT NULL,
    cause_id uuid NOT NULL,
    ro_id uuid NOT NULL,
    seq bigint NOT NULL,
    words text NOT NULL,
    symptoms jsonb NOT NULL,
    warning_lamps jsonb NOT NULL,
    wishes jsonb NOT NULL,
    read_back boolean NOT NULL,
    asked_by text NOT NULL,
    asked_at timestamptz NOT NULL,
    CONSTRAINT pk_inquiries PRIMARY KEY (id),
    CONSTRAINT uq_inquiries_ro_id UNIQUE (ro_id, seq),
    CONSTRAINT fk_inquiries_ro_id_repair_orders FOREIGN KEY (ro_id) REFERENCES repair_orders (id)
);;
INSERT INTO inquiries
SELECT gen_random_uuid(), store_id, cause_id, id, 1, words, symptoms, '[]', '[]', false, 'user:' || advisor, checked_in_at
FROM repair_orders;;
UPDATE repair_orders SET inquiry_no = 1;;

CREATE TABLE photos (
    id uuid NOT NULL,
    store_id text NOT NULL,
    cause_id uuid NOT NULL,
    ro_id uuid NOT NULL,
    kind text NOT NULL,
    panel text,
    blob_key text NOT NULL,
    sha256 text NOT NULL,
    size_bytes bigint NOT NULL,
    width_px bigint NOT NULL,
    height_px bigint NOT NULL,
    taken_by text NOT NULL,
    taken_at timestamptz NOT NULL,
    CONSTRAINT pk_photos PRIMARY KEY (id),
    CONSTRAINT uq_photos_blob_key UNIQUE (blob_key),
    CONSTRAINT ck_photos_size CHECK (size_bytes > 0 AND width_px > 0 AND height_px > 0),
    CONSTRAINT fk_photos_ro_id_repair_orders FOREIGN KEY (ro_id) REFERENCES repair_orders (id)
);;
CREATE INDEX ix_photos_ro_id ON photos (ro_id);;

CREATE TABLE walk_arounds (
    id uuid NOT NULL,
    store_id text NOT NULL,
    cause_id uuid NOT NULL,
    ro_id uuid NOT NULL,
    seq bigint NOT NULL,
    content jsonb NOT NULL,
    sha256 text NOT NULL,
    signature_id uuid,
    customer_absent text,
    made_by text NOT NULL,
    made_at timestamptz NOT NULL,
    CONSTRAINT pk_walk_arounds PRIMARY KEY (id),
    CONSTRAINT uq_walk_arounds_ro_id UNIQUE (ro_id, seq),
    CONSTRAINT ck_walk_arounds_signed CHECK (num_nonnulls(signature_id, customer_absent) = 1),
    CONSTRAINT fk_walk_arounds_ro_id_repair_orders FOREIGN KEY (ro_id) REFERENCES repair_orders (id),
    CONSTRAINT fk_walk_arounds_signature_id_signatures FOREIGN KEY (signature_id) REFERENCES signatures (id)
);;

CREATE TABLE dispute_notes (
    id uuid NOT NULL,
    store_id text NOT NULL,
    cause_id uuid NOT NULL,
    ro_id uuid NOT NULL,
    words text NOT NULL,
    panel text,
    noted_by text NOT NULL,
    noted_at timestamptz NOT NULL,
    CONSTRAINT pk_dispute_notes PRIMARY KEY (id),
    CONSTRAINT fk_dispute_notes_ro_id_repair_orders FOREIGN KEY (ro_id) REFERENCES repair_orders (id)
);;
CREATE INDEX ix_dispute_notes_ro_id ON dispute_notes (ro_id);;

CREATE TABLE vehicle_flags (
    id uuid NOT NULL,
    version bigint NOT NULL,
    cause_id uuid NOT NULL,
    vehicle_id uuid NOT NULL,
    kind text NOT NULL,
    code text NOT NULL,
    text text NOT NULL,
    valid_until_on date,
    raised_by text NOT NULL,
    raised_at timestamptz NOT NULL,
    cleared_by text,
    cleared_at timestamptz,
    cleared_reason text,
    CONSTRAINT pk_vehicle_flags PRIMARY KEY (id),
    CONSTRAINT ck_vehicle_flags_kind CHECK (kind IN ('recall', 'campaign', 'three_guarantee', 'note')),
    CONSTRAINT ck_vehicle_flags_cleared CHECK (num_nulls(cleared_by, cleared_at, cleared_reason) IN (0, 3)),
    CONSTRAINT fk_vehicle_flags_vehicle_id_vehicles FOREIGN KEY (vehicle_id) REFERENCES vehicles (id)
);;
CREATE INDEX ix_vehicle_flags_vehicle_id ON vehicle_flags (vehicle_id);;
CREATE UNIQUE INDEX uq_vehicle_flags_raised ON vehicle_flags (vehicle_id, kind, code)
    WHERE cleared_at IS NULL AND kind <> 'note';;

CREATE TABLE timeline_entries (
    id uuid NOT NULL,
    store_id text NOT NULL,
    cause_id uuid NOT NULL,
    ro_id uuid NOT NULL,
    code text NOT NULL,
    at timestamptz NOT NULL,
    parameters jsonb NOT NULL,
    CONSTRAINT pk_timeline_entries PRIMARY KEY (id)
);;
CREATE INDEX ix_timeline_entries_ro_id ON timeline_entries (ro_id, at)
"""


def upgrade() -> None:
    for statement in TABLES.split(";;"):
        op.execute(statement)
    ledgers = ("inquiries", "photos", "walk_arounds", "dispute_notes", "timeline_entries")
    store_scoped(*ledgers)
    append_only(*ledgers)
