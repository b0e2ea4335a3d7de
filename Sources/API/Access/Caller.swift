package import Model

/// Who makes a call, as its token tells.
package struct Caller: Sendable, Hashable {
    /// Of the token, for logs.
    package let name: String
    package let tenant: TenantName
    package let scopes: Set<AccessScope>

    package init(name: String, tenant: TenantName, scopes: Set<AccessScope>) {
        self.name = name
        self.tenant = tenant
        self.scopes = scopes
    }

    /// Whoever reaches a service without tokens.
    package static let anybody = Caller(name: "anybody", tenant: .default, scopes: Set(AccessScope.allCases))

    /// Whose jobs it may meet.
    package var reach: Reach { scopes.contains(.admin) ? .everyone(own: tenant) : .tenant(tenant) }
}
