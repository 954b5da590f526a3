"""What the app is told about itself on one machine, and where its data lies."""

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
REGION = "eu-central-1"
STACK = "packtrail"
LOCAL_CREDENTIAL = "local"
"""Id and secret of the one access key that there is on one machine."""


@dataclass(frozen=True, slots=True)
class Places:
    """The files of one local network, in one folder that nobody else may read.

    Attributes:
        folder: `.packtrail` of the repository, unless said otherwise. Delete it to begin anew.
    """

    folder: Path = ROOT / ".packtrail"

    def make(self) -> None:
        """Make the folder."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def state(self) -> Path:
        """Folder of the emulator: tables, queues, streams."""
        return self.folder / "state"

    @property
    def checkpoints(self) -> Path:
        """How far the streams were processed."""
        return self.folder / "checkpoints.json"

    @property
    def key_file(self) -> Path:
        """The root secret of serial numbers, tokens, cursors and webhooks."""
        return self.folder / "root.key"

    @property
    def story(self) -> Path:
        """What came of the last story."""
        return self.folder / "story.json"


def settings_of(url: str, places: Places) -> dict[str, str]:
    """Return the environment of the app, but for the emulator's address.

    Credentials are none: whatever of a real account the process was started with is overruled, so
    that nothing here can reach it.
    """
    return {
        "AWS_ACCESS_KEY_ID": LOCAL_CREDENTIAL,
        "AWS_SECRET_ACCESS_KEY": LOCAL_CREDENTIAL,
        "AWS_SESSION_TOKEN": "",
        "AWS_PROFILE": "",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        # The emulator has one address for all accounts.
        "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
        "PACKTRAIL_PREFIX": STACK,
        "PACKTRAIL_LOCAL": "1",
        "PACKTRAIL_ISSUER": url,
        "PACKTRAIL_AUDIENCE": "packtrail",
        "PACKTRAIL_JWKS_URL": "",
        "PACKTRAIL_KEY_ID": "",
        "PACKTRAIL_KEY_FILE": str(places.key_file),
        "PACKTRAIL_USER_POOL": "",
        "PACKTRAIL_PUBLIC_URL": url,
        "POWERTOOLS_SERVICE_NAME": STACK,
    }


def enter(url: str, places: Places, *, verbose: bool) -> None:
    """Set the environment of this process, before anything of the app is imported.

    Args:
        url: where the app will be served.
        places: its data.
        verbose: let the app write a line for every request.
    """
    for name in [name for name in os.environ if name.startswith(("AWS_", "PACKTRAIL_"))]:
        del os.environ[name]
    told = {name: value for name, value in settings_of(url, places).items() if value}
    os.environ.update(told, POWERTOOLS_LOG_LEVEL="INFO" if verbose else "WARNING")


def point_at(emulator: str) -> None:
    """Let every AWS client that is made from now on speak to the emulator."""
    os.environ["AWS_ENDPOINT_URL"] = emulator


def keep_documents_in(bucket: str) -> None:
    """Tell the app where documents are, which is known as soon as the bucket is made."""
    os.environ["PACKTRAIL_BUCKET"] = bucket
