from tests.installation import installation, program

__all__ = ["installation", "program"]
