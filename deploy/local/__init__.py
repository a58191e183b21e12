"""Private servers: a PostgreSQL and a RabbitMQ of our own as child processes on loopback, in one folder, gone afterwards."""

from deploy.local.broker_programs import NoBroker
from deploy.local.folders import default_folder, throwaway_folder
from deploy.local.postgres import PrivatePostgres
from deploy.local.postgres_programs import NoPostgres
from deploy.local.processes import FolderInUse, ServerFailed
from deploy.local.rabbitmq import PrivateRabbitMQ

__all__ = [
    "FolderInUse",
    "NoBroker",
    "NoPostgres",
    "PrivatePostgres",
    "PrivateRabbitMQ",
    "ServerFailed",
    "default_folder",
    "throwaway_folder",
]
