"""Settings from the environment: each is STREAMSYNC_ and the upper-case name."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from storage.errors import BadInput

ANALYTICS_DAYS = 90
DEFAULT_PLAYLISTS_MB = 576


class Settings(BaseSettings):
    """What an operator can set. The README's table is held to this class by a test."""

    model_config = SettingsConfigDict(env_prefix="STREAMSYNC_", frozen=True, env_ignore_empty=True)

    data: Path = Field(default=Path(".streamsync"), description="folder for objects, catalogue and work in progress")
    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: Annotated[int, Field(ge=1, le=65535)] = Field(default=8000, description="port to listen on")
    objects_url: str | None = Field(
        default=None,
        description="S3 bucket for objects instead of the data folder: `s3://BUCKET?endpoint=URL&region=NAME`",
    )
    media_url: str | None = Field(
        default=None,
        description="where players find the objects, a CDN perhaps; else this server or the bucket itself",
    )
    pathways: str | None = Field(
        default=None,
        description="CDNs to spread viewers over, by content steering: `NAME:WEIGHT=URL` with commas between",
    )
    redis_url: str | None = Field(
        default=None,
        description="Redis to use instead of a private Valkey: one server, Sentinel or Cluster",
    )
    redis_replicas: Annotated[int, Field(ge=0, le=5)] = Field(
        default=0, description="how many replicas must hold a write before it counts as done"
    )
    server: str | None = Field(
        default=None, description="URL of the server that commands ask, by its API; without it, the storage itself"
    )
    token: SecretStr | None = Field(
        default=None,
        description="token for the API: on a server the owner's, on the command line any; without, machine tokens",
    )
    oidc_url: str | None = Field(
        default=None, description="OpenID provider to sign in by: the URL that it calls its issuer"
    )
    oidc_client: str | None = Field(default=None, description="client id of this server there")
    oidc_secret: SecretStr | None = Field(default=None, description="client secret there, if it has one")
    oidc_title: str = Field(default="OpenID Connect", description="what the button to sign in by it says")
    oidc_roles: str | None = Field(
        default=None,
        description="roles by what it says: `CLAIM:VALUE=ROLE` with commas between; `*=viewer` is everybody",
    )
    playback_keys: SecretStr | None = Field(
        default=None,
        description="keys of playback tokens, `KID:SECRET` with commas between: the first signs, all verify",
    )
    webhook_private: bool = Field(
        default=False, description="send webhooks by http, too, and to addresses that are not public"
    )
    workers: Annotated[int, Field(ge=0, le=256)] | None = Field(
        default=None, description="packaging processes that `up` and `worker` start; else one for each core"
    )
    serve_workers: Annotated[int, Field(ge=1, le=256)] = Field(
        default=1, description="server processes that `up` and `serve` start on the one port; several need Linux"
    )
    playlists_mb: Annotated[int, Field(ge=1, le=1 << 20)] = Field(
        default=DEFAULT_PLAYLISTS_MB,
        description="MB, at most, that each server process keeps URLs and finished playlists in (docs/fastlane.md)",
    )
    analytics_days: Annotated[int, Field(ge=3, le=400)] = Field(
        default=ANALYTICS_DAYS, description="for how many days it is kept what was counted of audiences, by the hour"
    )
    country_header: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")] | None = Field(
        default=None,
        description="header in which the CDN tells a viewer's country, such as `CF-IPCountry`; else it is unknown",
    )
    preview: bool = Field(default=False, description="answer `?at=` on playlists: any instant, for tests and preview")
    log: Literal["text", "json"] = Field(default="text", description="log lines as text, or each as a line of JSON")
    access_log: bool = Field(
        default=False, description="log requests, without their queries; there is no fast lane then"
    )
    aspect: Literal["pad", "keep"] = Field(
        default="pad", description="pad every picture to 16:9, or keep the source's shape"
    )
    ffmpeg: Path | None = Field(default=None, description="ffmpeg to use instead of the wheel's or the one on PATH")
    ffprobe: Path | None = Field(default=None, description="ffprobe, likewise")
    valkey: Path | None = Field(default=None, description="valkey-server or redis-server, likewise")

    @property
    def objects_root(self) -> Path:
        """Where the folder object store keeps its objects."""
        return self.data / "objects"

    @property
    def work_root(self) -> Path:
        """Where packaging keeps what is not an asset yet."""
        return self.data / "work"


def load() -> Settings:
    """The settings of this process. Raises BadInput naming the variable, the value and the rule."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "STREAMSYNC_" + "_".join(str(part) for part in first["loc"]).upper()
        raise BadInput(f"{name}={first['input']!r}: {first['msg']}") from None
