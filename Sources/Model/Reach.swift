/// Whose jobs a call may meet. To it all others do not exist.
package enum Reach: Hashable, Sendable {
    case tenant(TenantName)
    /// Of operators. Ids are a tenant's own: one that several have chosen means `own`'s job, else the oldest.
    case everyone(own: TenantName)

    package func covers(_ tenant: TenantName) -> Bool {
        switch self {
        case .tenant(let own): own == tenant
        case .everyone: true
        }
    }

    /// Whose a new job is.
    package var own: TenantName {
        switch self {
        case .tenant(let own), .everyone(let own): own
        }
    }

    /// The one tenant that it is kept to; nil where it is not.
    package var only: TenantName? { if case .tenant(let own) = self { own } else { nil } }
}
