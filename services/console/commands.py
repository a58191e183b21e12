"""What can be asked of the console."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.fields import Body, ShortText
from shared.permissions import Role

Language = Literal["zh", "en"]
StoreOrAll = Annotated[str, StringConstraints(pattern=r"^(\*|[a-z][a-z0-9]{1,9})$")]
Password = Annotated[str, StringConstraints(min_length=1, max_length=200)]
NewPassword = Annotated[str, StringConstraints(min_length=8, max_length=200)]


class LogIn(Body):
    """Begin a session."""

    name: ShortText
    password: Password


class KeepUser(Body):
    """A local user as it shall be; `grants`: store code or '*' -> roles."""

    name: ShortText
    password: NewPassword
    grants: dict[StoreOrAll, Annotated[list[Role], Field(max_length=20)]]
    language: Language | None = None
