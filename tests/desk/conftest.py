from tests.staff.conftest import editor_a, register, superuser  # noqa: F401  # fixtures
