//! What each role may do. One table; the policy language of spec 60 §4 will take its place behind the same calls.

use crate::actor::Actor;
use model::permission::{Permission, Role, Scope};

/// Rights of a sub-account by its role (P-31: a new one has none). Everybody may look after their own account.
const fn role_allows(role: Role, permission: Permission) -> bool {
    match permission {
        Permission::OwnAccount => true,
        Permission::ClustersList | Permission::ClusterRead => matches!(role, Role::ReadOnly | Role::Full),
        Permission::ClusterImport | Permission::ClusterWrite | Permission::ClusterManage => matches!(role, Role::Full),
        Permission::AccountsManage => false,
    }
}

pub(crate) fn allows(actor: &Actor, permission: Permission, _scope: &Scope) -> bool {
    allows_somewhere(actor, permission)
}

/// Roles speak of all clusters alike, so "somewhere" and "here" are the same for now.
pub(crate) fn allows_somewhere(actor: &Actor, permission: Permission) -> bool {
    if actor.must_change_password && permission != Permission::OwnAccount {
        return false;
    }
    actor.main || role_allows(actor.role, permission)
}

#[cfg(test)]
mod tests {
    use crate::right::{self, ClusterScope, ConsoleScope};
    use crate::{Actor, Authz, Right};
    use model::permission::{Permission, Role, Scope};
    use model::{AccountId, ClusterId};

    fn actor(main: bool, role: Role) -> Actor {
        Actor::new(AccountId("0190".to_owned()), "somebody", main, role)
    }

    fn cluster() -> ClusterId {
        ClusterId::from_random([7; 8])
    }

    /// The whole table, written out a second time by hand. [P-31] [P-32]
    #[test]
    fn each_role_has_exactly_its_rights() {
        use Permission as P;
        let table: [(&str, Actor, &[Permission]); 4] = [
            ("new sub-account", actor(false, Role::None), &[P::OwnAccount]),
            ("read-only", actor(false, Role::ReadOnly), &[P::OwnAccount, P::ClustersList, P::ClusterRead]),
            (
                "full access",
                actor(false, Role::Full),
                &[P::OwnAccount, P::ClustersList, P::ClusterRead, P::ClusterImport, P::ClusterWrite, P::ClusterManage],
            ),
            ("main", actor(true, Role::None), &P::ALL),
        ];
        for (who, actor, allowed) in &table {
            for permission in Permission::ALL {
                for scope in [Scope::Console, Scope::Cluster(cluster())] {
                    let expected = allowed.contains(&permission);
                    assert_eq!(Authz.allows(actor, permission, &scope), expected, "{who}: {permission:?} on {scope:?}");
                    assert_eq!(Authz.allows_somewhere(actor, permission), expected, "{who}: {permission:?}");
                }
            }
        }
    }

    #[test]
    fn a_grant_carries_who_and_what_was_asked() {
        let grant = Authz
            .require::<right::ClusterWrite>(&actor(false, Role::Full), ClusterScope(cluster()))
            .expect("full access may write");
        assert_eq!(grant.cluster(), &cluster());
        assert_eq!(grant.actor().name, "somebody");
        assert_eq!(grant.read().cluster(), &cluster());
    }

    /// What one may not see does not exist; what one may see but not change is refused by name.
    #[test]
    fn refusals_hide_what_may_not_be_seen() {
        let nobody = actor(false, Role::None);
        let reader = actor(false, Role::ReadOnly);
        let status = |denied: crate::Denied| denied.into_error("forbidden", "not found").status();

        let read = Authz.require::<right::ClusterRead>(&nobody, ClusterScope(cluster())).expect_err("no rights");
        assert_eq!(status(read), 404);
        let write = Authz.require::<right::ClusterWrite>(&nobody, ClusterScope(cluster())).expect_err("no rights");
        assert_eq!(status(write), 404);
        let write = Authz.require::<right::ClusterWrite>(&reader, ClusterScope(cluster())).expect_err("read-only");
        assert_eq!(write.permission, Permission::ClusterWrite);
        assert_eq!(status(write.clone()), 403);
        assert_eq!(status(write.hide()), 404);
        let accounts = Authz.require::<right::AccountsManage>(&reader, ConsoleScope).expect_err("read-only");
        assert_eq!(status(accounts), 403);
    }

    #[test]
    fn a_password_that_must_change_leaves_only_the_own_account() {
        let mut main = actor(true, Role::Full);
        main.must_change_password = true;
        for permission in Permission::ALL {
            assert_eq!(Authz.allows_somewhere(&main, permission), permission == Permission::OwnAccount);
        }
    }

    #[test]
    fn every_right_stands_for_its_own_permission() {
        let permissions = [
            right::OwnAccount::PERMISSION,
            right::ClustersList::PERMISSION,
            right::ClusterImport::PERMISSION,
            right::ClusterRead::PERMISSION,
            right::ClusterWrite::PERMISSION,
            right::ClusterManage::PERMISSION,
            right::AccountsManage::PERMISSION,
        ];
        assert_eq!(permissions, Permission::ALL);
    }

    #[test]
    fn clones_of_an_actor_share_the_trail() {
        let actor = actor(true, Role::Full);
        let grant = Authz.require::<right::AccountsManage>(&actor, ConsoleScope).expect("main");
        assert!(!actor.trail.is_marked());
        grant.actor().trail.mark();
        assert!(actor.trail.is_marked());
    }
}
