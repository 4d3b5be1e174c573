"""Secrets of channels, sealed with the home's own key: a copied database alone opens nothing."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


def _box() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"notices:" + settings.SECRET_KEY.encode()).digest()))


def seal(secret: str) -> str:
    """The secret as it may stand in the database; nothing gives nothing."""
    return _box().encrypt(secret.encode()).decode() if secret else ""


def unseal(sealed: str) -> str:
    """The secret again; raises ValueError when the home's key has changed since."""
    try:
        return _box().decrypt(sealed.encode()).decode() if sealed else ""
    except InvalidToken:
        raise ValueError("密钥换过了,请重新填写这个渠道的密码或密钥") from None
