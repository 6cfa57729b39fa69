from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from allauth.account.signals import email_confirmed
        from allauth.mfa.signals import authentication_failed, authenticator_added, authenticator_removed

        from accounts import evidence, signals  # noqa: F401  (connects its receivers)
        from accounts.adapter import prove
        from accounts.directory import register_filters
        from accounts.factors import code_refused, factor_added, factor_removed
        from accounts.own_data import register_exporters

        register_filters()
        register_exporters()
        email_confirmed.connect(prove, dispatch_uid="accounts.prove")
        pre_migrate.connect(evidence.make_way, sender=self)
        post_migrate.connect(evidence.guard, sender=self)
        authenticator_added.connect(factor_added, dispatch_uid="accounts.factor_added")
        authenticator_removed.connect(factor_removed, dispatch_uid="accounts.factor_removed")
        authentication_failed.connect(code_refused, dispatch_uid="accounts.code_refused")
