"""Type aliases."""

from typing import TypeAlias

Number: TypeAlias = int | float
SqlValue: TypeAlias = int | float | str | bytes | None
