"""How the Web API says no."""

from typing import Any


class ApiError(Exception):
    """`{"ok": false, "error": code, ...}`; `status` and `headers` where HTTP says it too."""

    def __init__(
        self, code: str, *, status: int = 200, headers: dict[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(code)
        self.code, self.status, self.headers, self.more = code, status, headers or {}, more

    @property
    def body(self) -> dict[str, Any]:
        """What the caller reads."""
        return {"ok": False, "error": self.code, **self.more}


def invalid_blocks(faults: list[str]) -> ApiError:
    """Slack names the first faults in the metadata of its answer."""
    messages = [f"[ERROR] {fault}" for fault in faults[:10]]
    return ApiError("invalid_blocks", errors=faults[:10], response_metadata={"messages": messages})
