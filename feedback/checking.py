"""Whether the books of points are sound; an alarm, never a repair."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from feedback.models import PointsAccount, PointsTransaction, Posting, Redemption
from feedback.models.points import AccountKind


def faults_of_ledger() -> Iterator[str]:
    """One sentence for each fault; the database does the sums, so memory stays level."""
    total = Posting.objects.aggregate(total=Sum("amount"))["total"] or 0
    if total:
        yield f"All postings sum to {total}, not to 0."
    uneven = (
        PointsTransaction.objects.annotate(total=Sum("postings__amount"), n=Count("postings"))
        .exclude(total=0, n__gte=2)
        .order_by("pk")
    )
    for entry in uneven.iterator():
        yield f"Transaction {entry.pk} has {entry.n} postings that sum to {entry.total}."
    sums = Posting.objects.filter(account=OuterRef("pk")).order_by().values("account")
    own = Coalesce(Subquery(sums.annotate(total=Sum("amount")).values("total")), 0)
    for account in PointsAccount.objects.annotate(total=own).exclude(balance=F("total")).iterator():
        yield f"Account {account.pk} shows {account.balance}; its postings sum to {account.total}."
    held = PointsAccount.objects.filter(kind=AccountKind.HELD, owner=None).first()
    open_price = Redemption.objects.holding().aggregate(total=Sum("price_points"))["total"] or 0
    if (held.balance if held else 0) != open_price:
        yield f"{held.balance if held else 0} points are held; open orders cost {open_price}."
