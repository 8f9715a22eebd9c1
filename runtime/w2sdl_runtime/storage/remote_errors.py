"""What libraries and servers behind a URL say, as one sentence with the next step."""

from __future__ import annotations

from w2sdl_runtime.errors import PrerequisiteError

_PACKAGES = {
    "s3": '"w2sdl[s3]"', "s3a": '"w2sdl[s3]"', "gs": "gcsfs", "gcs": "gcsfs",
    "az": "adlfs", "abfs": "adlfs", "abfss": "adlfs", "oss": "ossfs", "oci": "ocifs",
}  # fmt: skip


def sentence(error: Exception, protocol: str, shown: str) -> PrerequisiteError:
    """What went wrong at a place, and what to do about it."""
    if isinstance(error, ImportError):
        package = _PACKAGES.get(protocol)
        how = f"pip install {package}" if package else str(error)
        return PrerequisiteError(f"stores at {protocol}:// need another package", how)
    if isinstance(error, ValueError) and "Protocol not known" in str(error):
        return PrerequisiteError(
            f"nothing here knows stores at {protocol}://",
            "name a folder, or a bucket: s3://BUCKET/PREFIX, gs://BUCKET/PREFIX",
        )
    reason = _first_line(error)
    if isinstance(error, FileNotFoundError):
        return PrerequisiteError(
            f"the store {shown} is not there: {reason}",
            "make the bucket first, or check its name; w2sdl makes none",
        )
    if _is_refusal(error):
        return PrerequisiteError(
            f"the store {shown} lets nobody in: {reason}",
            "check the credentials in the environment or the profile, and what they allow: "
            "listing, reading and writing",
        )
    return PrerequisiteError(
        f"the store {shown} can't be reached: {reason}",
        "try again: what was computed is kept on this machine, and is uploaded by the next run",
    )


def _is_refusal(error: Exception) -> bool:
    """Whether an error says that somebody may not: libraries have classes or numbers of their own."""
    codes = {str(getattr(error, name, "")) for name in ("code", "status_code", "status")}
    named = ("redentials", "Authentication", "RefreshError")
    return (
        isinstance(error, PermissionError)
        or bool(codes & {"401", "403"})
        or any(word in type(error).__name__ for word in named)
    )


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
