"""Settings, read once from the environment (`LOOP4S_…`), secrets from files, and the stores of the group."""

import os
from functools import cache
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from shared.fields import StoreId

SERVICES = ("reception", "workshop", "parts", "followup", "claims", "console")
NEIGHBOURS = ("sales",)
"""Systems of the group that say facts to Loop4S and are no part of it: a user at the broker is all they have here."""
RESERVED = "all"
"""No store's code: it names the whole group."""


class MissingSetting(Exception):
    """A setting or secret that is needed is not there; the text says which and how to give it."""


class Settings(BaseSettings):
    """What differs between a laptop and production.  Every field is `LOOP4S_<NAME>` in the environment."""

    model_config = SettingsConfigDict(env_prefix="LOOP4S_", frozen=True, extra="ignore")

    env: Literal["local", "production"] = "production"
    """`local` allows the built-in token issuer and plain connections."""
    postgres: Annotated[str, Field(pattern=r"^[^/@]+:[0-9]{1,5}$")] = "127.0.0.1:5432"
    """host:port of the PostgreSQL server that holds the six databases."""
    postgres_admin: str = "postgres"
    """The role that makes databases and roles (`loop4s migrate` only)."""
    database_prefix: str = "loop4s_"
    broker: str = "amqp://127.0.0.1:5672/loop4s"
    """Scheme, host, port and virtual host, without user or password."""
    broker_management: str = "http://127.0.0.1:15672"
    broker_admin: str = "loop4s_admin"
    """The broker user that applies the topology (`loop4s topology` only)."""
    secrets_folder: Path | None = None
    """Folder with one file per secret, named `<kind>_<name>`, e.g. `database_parts`, `broker_parts`."""
    stores_file: Path | None = None
    """JSON: [{"code": "sh01", "name_zh": "…", "name_en": "…", "time_zone": "Asia/Shanghai"}, …]."""
    token_issuer: str = "loop4s-local"
    token_keys: str | None = None
    """Path or https URL of the issuer's JWKS with the public keys."""
    http_port: int = 8000
    http_host: str = "127.0.0.1"
    ladder_ms: tuple[int, ...] = (1_000, 10_000, 60_000, 600_000, 3_600_000)
    """How long a message waits before its 2nd, 3rd … try."""
    not_yet_ms: int = 24 * 3_600_000
    """How long a fact may wait for one that must come before it."""
    batch: int = 128
    """Most messages that one transaction applies; the prefetch is twice that."""
    http_pool: int = 10
    allow_unsafe_durability: bool = False
    """Tests only: accept a server with fsync or synchronous_commit off."""
    blobs: str = "/var/lib/loop4s/blobs"
    """Where photos lie: a folder, or `s3://bucket/prefix`."""
    blobs_endpoint: str = ""
    """Address of an S3-compatible server; Amazon's own when empty."""
    blobs_region: str = "us-east-1"
    survey_opens_after_s: int = 48 * 3600
    survey_due_after_s: int = 72 * 3600
    schedule_poll_ms: int = 1_000
    otlp_endpoint: str | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_form: Literal["json", "text"] = "json"
    demo_data: Path | None = Field(default=None, description="set by `loop4s up`: the folder of the private servers")

    def secret(self, kind: str, name: str) -> str:
        """The secret `<kind>_<name>`: `LOOP4S_SECRET_<KIND>_<NAME>` or a file of that name in `secrets_folder`."""
        if value := os.environ.get(f"LOOP4S_SECRET_{kind}_{name}".upper()):
            return value
        if self.secrets_folder and (file := self.secrets_folder / f"{kind}_{name}").is_file():
            return file.read_text().strip()
        raise MissingSetting(
            f"no secret {kind}_{name}: put it into a file of that name in LOOP4S_SECRETS_FOLDER"
            f" or into LOOP4S_SECRET_{kind.upper()}_{name.upper()}"
        )

    def database(self, service: str) -> str:
        """Name of the service's own database."""
        return f"{self.database_prefix}{service}"

    def postgres_url(self, role: str, database: str, secret: str | None = None) -> str:
        """`postgresql://…` for one role and database; the password is the secret `database_<role>`."""
        password = quote(self.secret("database", secret or role), safe="")
        return f"postgresql://{role}:{password}@{self.postgres}/{database}"

    def broker_url(self, user: str) -> str:
        """`amqp://…` for one broker user; the password is the secret `broker_<user>`."""
        parts = urlsplit(self.broker)
        password = quote(self.secret("broker", user), safe="")
        return parts._replace(netloc=f"{user}:{password}@{parts.netloc}").geturl()

    @property
    def vhost(self) -> str:
        return urlsplit(self.broker).path.removeprefix("/") or "/"


@cache
def settings() -> Settings:
    """The settings of this process; MissingSetting when one cannot be read."""
    try:
        return Settings()
    except SettingsError as wrong:
        raise MissingSetting(f"a setting has a wrong form: {wrong}") from wrong


class Store(BaseModel):
    """One shop of the group; `time_zone` is an IANA name."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    code: StoreId
    name_zh: str
    name_en: str
    time_zone: str

    @field_validator("code")
    @classmethod
    def _not_reserved(cls, code: str) -> str:
        if code == RESERVED:
            raise ValueError(f"{RESERVED} is reserved")
        return code

    @field_validator("time_zone")
    @classmethod
    def _known(cls, time_zone: str) -> str:
        try:
            ZoneInfo(time_zone)
        except (ZoneInfoNotFoundError, ValueError) as unknown:
            raise ValueError("is no time zone") from unknown
        return time_zone


@cache
def stores() -> dict[str, Store]:
    """The group's stores by code; MissingSetting when their file is not there or has a wrong form."""
    file = settings().stores_file
    if file is None:
        raise MissingSetting("LOOP4S_STORES_FILE is not set: name the JSON file that lists the group's stores")
    try:
        return {store.code: store for store in TypeAdapter(list[Store]).validate_json(file.read_bytes())}
    except OSError as error:
        raise MissingSetting(f"LOOP4S_STORES_FILE cannot be read: {error}") from error
    except ValidationError as wrong:
        places = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in wrong.errors()[:5])
        raise MissingSetting(f"the stores file {file} has a wrong form: {places}") from wrong
