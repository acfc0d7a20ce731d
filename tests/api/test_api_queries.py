"""How many queries an endpoint needs: the same however many rows there are, and one for who is asking."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import AssetFactory, MemberFactory, pod

from .calling import token_of
from .conftest import Register

#: Endpoint → queries. One is for the token, its owner and the owner's roles.
BASELINE = {
    "GET communities/": 2,
    "GET communities/alpha/": 2,
    "GET communities/alpha/summary/": 7,
    "GET communities/alpha/members/": 3,
    "GET communities/alpha/members/own/": 2,
    "GET communities/alpha/assets/": 3,
    "GET communities/alpha/assets/?properties.capacity_kwp__gte=1&search=a": 3,
    "GET communities/alpha/assets/pv-1/": 2,
    "GET members/": 2,
    "GET members/?delivery_point=IT999E00000001": 2,
    "GET assets/": 2,
    "POST members/lookup/": 2,
    "POST assets/lookup/": 2,
    "GET me/": 3,
    "GET me/assets/": 2,
    "GET me/export/": 5,
    "GET bundles/alpha/": 6,
}
BODIES = {
    "members/lookup/": {"delivery_points": ["IT999E00000001"]},
    "assets/lookup/": {"sensor_ids": ["sensor-1"]},
}


def measured(client: Client, headers: dict[str, str]) -> dict[str, int]:
    found = {}
    for endpoint in BASELINE:
        method, path = endpoint.split()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            if method == "GET":
                answer = client.get(f"/api/{path}", headers=headers)
            else:
                answer = client.post(
                    f"/api/{path}", BODIES[path], content_type="application/json", headers=headers
                )
        assert answer.status_code == 200
        list(answer)  # an export is a temporary file, which is closed when it is read
        found[endpoint] = len(queries)
    return found


@pytest.mark.django_db
def test_the_number_of_queries_does_not_grow(register: Register, viewer_a: object, client: Client) -> None:
    headers = {"Authorization": f"Bearer {token_of(viewer_a)}"}  # type: ignore[arg-type]
    client.get("/api/me/", headers=headers)  # notes the token's use
    assert measured(client, headers) == BASELINE
    for number in range(1, 21):
        member = MemberFactory.create(community=register.a, delivery_points=[pod(number + 100)])
        AssetFactory.create(owner=member, properties={"capacity_kwp": number})
    assert measured(client, headers) == BASELINE
