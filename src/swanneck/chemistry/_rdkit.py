"""The one door to RDKit: an error that says what to install where it is absent."""

from swanneck.foundation.errors import SettingsError

try:
    from rdkit import Chem, DataStructs, rdBase
except ImportError as error:
    _PROBLEM = "structures need RDKit, which is not installed"
    raise SettingsError(_PROBLEM, remedy="Install it: pip install 'swanneck[chemistry]'") from error

__all__ = ["Chem", "DataStructs", "rdBase"]
