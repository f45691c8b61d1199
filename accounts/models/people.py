"""People who sign in, and the rights that single persons hold beside their roles."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts import passwords, permissions, teams
from accounts.permission_file import ACTS
from lib.masking import MaskedCharField
from lib.models import Stamped, Versioned

SECOND_FACTOR = "+"  # No role or right is called so.
STAFF_ROLES = frozenset({"supervisor", "admin"})


class UserKind(models.TextChoices):
    PERSON = "person", "Person"
    SERVICE = "service", "Service"


class UserQuerySet(models.QuerySet["User"]):
    def visible_to(self, user: User) -> UserQuerySet:
        """Own: myself. Team: also whoever is now in a team that I lead, evaluate or train."""
        reach = permissions.scope(user, "accounts.view_team")
        if reach == "all":
            return self
        if reach == "team":
            return self.filter(Q(pk=user.pk) | teams.members_of_teams_led_by(user, timezone.now()))
        return self.filter(pk=user.pk) if reach == "own" else self.none()

    def active(self) -> UserQuerySet:
        return self.filter(is_active=True)

    def in_role(self, role: str) -> UserQuerySet:
        return self.filter(groups__name=role)

    def matching(self, words: str) -> UserQuerySet:
        """People whose name or e-mail holds every one of the words."""
        found = self
        for word in words.split():
            found = found.filter(
                Q(full_name__icontains=word)
                | Q(display_name__icontains=word)
                | Q(email__icontains=word)
            )
        return found


class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Store a user without roles; verbs that people call stand in accounts.actions."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(Versioned, AbstractBaseUser):
    """Someone who signs in by e-mail; never deleted, only deactivated, and after that erased."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField("e-mail", max_length=254, unique=True)
    full_name = models.CharField(max_length=150)
    display_name = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=8, choices=UserKind, default=UserKind.PERSON)
    groups = models.ManyToManyField(Group, blank=True, related_name="users")
    time_zone = models.CharField(max_length=64, blank=True)
    language = models.CharField(max_length=8, blank=True)
    hired_on = models.DateField(null=True, blank=True)
    left_on = models.DateField(null=True, blank=True)
    is_active = models.BooleanField("active", default=True)
    deactivated_at = models.DateTimeField(null=True, blank=True, editable=False)
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)
    erased_initials = models.CharField(max_length=10, blank=True, editable=False)
    session_epoch = models.PositiveIntegerField(default=0, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["full_name"]

    class Meta:
        ordering = ["full_name", "id"]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="accounts_user_email_unique_in_any_case"),
            models.CheckConstraint(
                condition=Q(is_active=True, deactivated_at__isnull=True)
                | Q(is_active=False, deactivated_at__isnull=False),
                name="accounts_user_inactive_has_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True, erased_initials="")
                | Q(erased_at__isnull=False, is_active=False),
                name="accounts_user_erased_is_closed",
            ),
        ]

    def __str__(self) -> str:
        return self.short_name

    @property
    def short_name(self) -> str:
        return self.display_name or self.full_name or self.email

    @cached_property
    def granted_names(self) -> frozenset[str]:
        """Names of the person's roles and rights in force; one query per user object.

        A request has its own user object, so what is taken away is gone with the next request.
        """
        return frozenset(self._granted - {SECOND_FACTOR})

    @cached_property
    def has_second_factor(self) -> bool:
        """An authenticator app or a passkey; answered by the query of `granted_names`."""
        return SECOND_FACTOR in self._granted

    @cached_property
    def _granted(self) -> frozenset[str]:
        from allauth.mfa.models import Authenticator  # Its table points at this one.

        roles = self.groups.order_by().values_list("name")
        rights = self.right_grants.in_force(timezone.now()).order_by().values_list("right")
        factors = Authenticator.objects.filter(user=self, type__in=["totp", "webauthn"]).order_by()
        marks = factors.annotate(mark=Value(SECOND_FACTOR)).values_list("mark")
        return frozenset(name for (name,) in roles.union(rights, marks))

    @property
    def roles(self) -> frozenset[str]:
        return self.granted_names.intersection(permissions.policy().roles)

    def forget_grants(self) -> None:
        """Ask the database again at the next question about this object's rights."""
        for name in ("granted_names", "has_second_factor", "_granted"):
            self.__dict__.pop(name, None)

    @property
    def is_staff(self) -> bool:
        """Whether the Django admin is open to this person."""
        return self.is_active and bool(self.roles & STAFF_ROLES)

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        """Answer the admin's `app.act_model` from the permission file; nobody is superuser."""
        app_label, _, codename = perm.partition(".")
        act, _, model = codename.partition("_")
        return act in ACTS and permissions.has_admin(self, f"{app_label}.{model}", act)

    def has_perms(self, perms: Iterable[str], obj: models.Model | None = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perms)

    def has_module_perms(self, app_label: str) -> bool:
        labels = (label for label in permissions.policy().admin if label.startswith(app_label))
        return any(permissions.has_admin(self, label, "view") for label in labels)

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(raw_password and passwords.same_spelling(raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        if raw_password is None or len(raw_password) > passwords.LONGEST:
            return False
        return super().check_password(passwords.same_spelling(raw_password))

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Sessions end when the password or `session_epoch` changes."""
        contents = f"{self.password}:{self.session_epoch}"
        seal = salted_hmac("attune.session", contents, secret=secret, algorithm="sha256")
        return str(seal.hexdigest())


class RightGrantQuerySet(models.QuerySet["RightGrant"]):
    def visible_to(self, user: User) -> RightGrantQuerySet:
        return self.filter(user__in=User.objects.visible_to(user))

    def in_force(self, at: datetime) -> RightGrantQuerySet:
        """Grants whose half-open span holds the moment `at`."""
        return self.filter(Q(to_at__isnull=True) | Q(to_at__gt=at), from_at__lte=at)


class RightGrant(Stamped):
    """One right given to one person on top of the roles."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="right_grants")
    right = models.CharField(max_length=80)
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    from_at = models.DateTimeField()
    to_at = models.DateTimeField(null=True, blank=True)
    reason = MaskedCharField(max_length=500)

    objects = RightGrantQuerySet.as_manager()

    class Meta:
        ordering = ["user", "right"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "right"],
                condition=Q(to_at__isnull=True),
                name="accounts_right_granted_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(user=F("granted_by")), name="accounts_right_not_granted_to_oneself"
            ),
            models.CheckConstraint(
                condition=Q(to_at__isnull=True) | Q(to_at__gte=F("from_at")),
                name="accounts_right_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.right} for {self.user}"


def role_group(name: str) -> Group:
    """The Django group that stands for a role; made on first use."""
    return Group.objects.get_or_create(name=name)[0]
