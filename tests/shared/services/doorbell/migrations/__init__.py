"""The doorbell's own alembic versions."""
