"""Names of types."""

from typing import TypeAlias

Number: TypeAlias = int | float
