"""Walking a list by keyset: no gap, no double, forward and back, also with empty values."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from lib.keyset import BadLimit, TamperedCursor, binding, page_links, page_of, paginate, read_limit

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 16, 9, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def people():
    """Nine people: pairs who signed in at the same moment, and three who never did."""
    moments = [START + timedelta(minutes=number // 2) for number in range(6)] + [None] * 3
    return User.objects.bulk_create(
        User(email=f"person{number}@example.org", last_login=moment)
        for number, moment in enumerate(moments)
    )


def walk(order, limit=2):
    """Emails page by page forward, then page by page back."""
    forward, back, cursor = [], [], None
    while True:
        page = paginate(User.objects.all(), order=order, cursor=cursor, limit=limit, bound_to="x")
        forward.append([user.email for user in page])
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    while page.previous_cursor:
        page = paginate(
            User.objects.all(), order=order, cursor=page.previous_cursor, limit=limit, bound_to="x"
        )
        back.append([user.email for user in page])
    return forward, back


@pytest.mark.parametrize(
    ("order", "numbers"),
    [
        ("email", [0, 1, 2, 3, 4, 5, 6, 7, 8]),
        ("-email", [8, 7, 6, 5, 4, 3, 2, 1, 0]),
        ("last_login", [0, 1, 2, 3, 4, 5, 6, 7, 8]),
        ("-last_login", [5, 4, 3, 2, 1, 0, 8, 7, 6]),
        ("-pk", [8, 7, 6, 5, 4, 3, 2, 1, 0]),
    ],
)
def test_walk_sees_every_row_once_in_order(people, order, numbers):
    emails = [f"person{number}@example.org" for number in numbers]

    forward, back = walk(order)

    assert [email for page in forward for email in page] == emails
    assert forward == [emails[at : at + 2] for at in range(0, 9, 2)]
    assert back == [*reversed(forward[:-1])]


def test_rows_that_come_and_go_neither_repeat_nor_hide_others(people):
    first = paginate(User.objects.all(), order="email", cursor=None, limit=3, bound_to="x")
    User.objects.filter(email__in=["person1@example.org", "person2@example.org"]).delete()
    User.objects.create(email="aaa@example.org")

    second = paginate(
        User.objects.all(), order="email", cursor=first.next_cursor, limit=3, bound_to="x"
    )

    assert [user.email for user in second] == [
        f"person{number}@example.org" for number in (3, 4, 5)
    ]


def test_stepping_back_past_the_first_row_gives_a_whole_first_page(people):
    first = paginate(User.objects.all(), order="email", cursor=None, limit=3, bound_to="x")
    second = paginate(
        User.objects.all(), order="email", cursor=first.next_cursor, limit=3, bound_to="x"
    )
    User.objects.filter(email="person0@example.org").delete()

    back = paginate(
        User.objects.all(), order="email", cursor=second.previous_cursor, limit=3, bound_to="x"
    )

    assert [user.email for user in back] == [f"person{number}@example.org" for number in (1, 2, 3)]
    assert back.previous_cursor is None


def test_every_page_is_one_query(people, django_assert_num_queries):
    with django_assert_num_queries(1):
        page = paginate(User.objects.all(), order="email", cursor=None, limit=3, bound_to="x")
    with django_assert_num_queries(1):
        paginate(User.objects.all(), order="email", cursor=page.next_cursor, limit=3, bound_to="x")


def test_empty_list_is_one_page_without_neighbors():
    page = paginate(User.objects.none(), order="email", cursor=None, bound_to="x")

    assert (len(page), page.next_cursor, page.previous_cursor) == (0, None, None)


@pytest.mark.parametrize("change", ["bound_to", "order", "cursor", "nonsense"])
def test_cursor_of_another_list_is_refused(people, change):
    page = paginate(User.objects.all(), order="email", cursor=None, limit=3, bound_to="x")
    asked = {"order": "email", "cursor": page.next_cursor, "bound_to": "x"}
    asked |= {
        "bound_to": {"bound_to": "y"},
        "order": {"order": "-email"},
        "cursor": {"cursor": f"A{page.next_cursor}"},
        "nonsense": {"cursor": "nonsense"},
    }[change]

    with pytest.raises(TamperedCursor):
        paginate(User.objects.all(), **asked)


def request_for(rf, person, query=""):
    request = rf.get(f"/customers/{query}")
    request.user = person
    return request


def test_page_follows_the_request_and_its_links(people, rf):
    request = request_for(rf, people[0], "?kind=a&kind=b")
    first = page_of(request, User.objects.all(), order="email", limit=4)
    previous, following = page_links(request, first)
    second = page_of(
        request_for(rf, people[0], following), User.objects.all(), order="email", limit=4
    )

    assert previous == ""
    assert following.startswith("?kind=a&kind=b&cursor=")
    assert [user.email for user in second] == [
        f"person{number}@example.org" for number in range(4, 8)
    ]


@pytest.mark.parametrize("who", ["other person", "other filter"])
def test_foreign_cursor_gives_the_first_page(people, rf, who):
    request = request_for(rf, people[0], "?kind=a")
    _, following = page_links(request, page_of(request, User.objects.all(), order="email", limit=4))
    foreign = (
        request_for(rf, people[1], following)
        if who == "other person"
        else request_for(rf, people[0], following.replace("kind=a", "kind=b"))
    )

    page = page_of(foreign, User.objects.all(), order="email", limit=4)

    assert page.rows[0].email == "person0@example.org"


def test_binding_does_not_depend_on_the_order_of_filters(rf):
    one, two = (
        request_for(rf, AnonymousUser(), query) for query in ("?a=1&b=2&cursor=x", "?b=2&a=1")
    )

    assert binding(one) == binding(two)


@pytest.mark.parametrize(("text", "limit"), [(None, 50), ("", 50), ("1", 1), ("200", 200)])
def test_limit_is_read(text, limit):
    assert read_limit(text) == limit


@pytest.mark.parametrize("text", ["0", "201", "1000000000", "-1", "ten", "1.5", "٣"])
def test_other_limits_are_refused(text):
    with pytest.raises(BadLimit):
        read_limit(text)
