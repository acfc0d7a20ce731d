"""recportal: the register of Renewable Energy Communities."""

__version__ = "0.1.0"
