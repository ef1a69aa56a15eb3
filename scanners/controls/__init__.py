"""Controls: rules as data, one YAML file each, one folder per service."""

from scanners.controls.loader import control_files, load_controls, select
from scanners.controls.model import Control, Example

__all__ = ["Control", "Example", "control_files", "load_controls", "select"]
