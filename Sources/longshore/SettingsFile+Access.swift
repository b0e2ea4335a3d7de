import API
import Model
import Yams

/// `tokens`, `tenants` and `tls`.
extension SettingsFile {
    func token(_ node: Node) throws -> Settings.Token {
        var name: String?
        var digest: String?
        var tenant: TenantName?
        var scopes: [AccessScope]?
        var rights: Settings.Tenant?
        for (key, value) in try entries(of: node, at: "tokens") {
            let place = "tokens.\(key)"
            switch key {
            case "name": name = try text(value, place)
            case "sha256": digest = try text(value, place).lowercased()
            case "tenant": tenant = try tenantName(text(value, place), at: place)
            case "scopes": scopes = try self.scopes(value, at: place)
            default:
                var own = rights ?? Settings.Tenant()
                guard try read(key, value, at: place, into: &own) else { throw fault(place, "is no setting") }
                rights = own
            }
        }
        guard let name, let digest else { throw fault("tokens", "each needs a name and a sha256") }
        guard digest.utf8.count == 64, digest.allSatisfy(\.isHexDigit) else {
            throw fault("tokens.sha256", "of \(name) is not 64 hexadecimal digits")
        }
        if tenant != nil, rights != nil {
            throw fault("tokens.tenant", "of \(name): what a tenant may use stands under `tenants`, not beside it")
        }
        let own = try tenantName(name, at: "tokens.name")
        var token = Settings.Token(name: name, sha256: digest, tenant: tenant ?? own, rights: rights)
        if let scopes { token.scopes = Set(scopes) }
        return token
    }

    /// What stands beside a token is its tenant's, whose name is the token's.
    mutating func placeTokens() throws {
        var names: Set<String> = []
        var digests: Set<String> = []
        for token in settings.tokens {
            guard names.insert(token.name).inserted else { throw fault("tokens.name", "\(token.name) is given twice") }
            guard digests.insert(token.sha256).inserted else {
                throw fault("tokens.sha256", "of \(token.name) is another token's, too")
            }
            if token.tenant.rawValue != token.name {
                guard settings.tenants[token.tenant] != nil || token.tenant == .default else {
                    throw fault("tokens.tenant", "\(token.tenant) of \(token.name) does not stand under `tenants`")
                }
            } else if let rights = token.rights {
                guard settings.tenants[token.tenant] == nil else {
                    throw fault("tokens.name", "\(token.name) stands under `tenants` already, with rights of its own")
                }
                settings.tenants[token.tenant] = rights
            }
        }
    }

    func tenant(_ node: Node, at place: String) throws -> Settings.Tenant {
        var tenant = Settings.Tenant()
        guard node.null == nil else { return tenant }
        for (key, value) in try entries(of: node, at: place) {
            let name = "\(place).\(key)"
            guard try read(key, value, at: name, into: &tenant) else { throw fault(name, "is no setting") }
        }
        return tenant
    }

    func tenantName(_ text: String, at place: String) throws -> TenantName {
        guard let name = TenantName(text) else {
            throw fault(place, "\(text) must be 1 to 64 characters of [A-Za-z0-9._-]")
        }
        return name
    }

    /// False: the key is none of a tenant's.
    private func read(_ key: String, _ value: Node, at place: String, into tenant: inout Settings.Tenant) throws -> Bool
    {
        switch key {
        case "roots": tenant.roots = try texts(value, place)
        case "stores": tenant.stores = try texts(value, place)
        case "buckets": tenant.buckets = try buckets(value, at: place)
        case "prefixes": tenant.prefixes = try texts(value, place)
        case "weight": tenant.weight = try number(value, place, in: 1...1_000)
        case "concurrency": tenant.concurrency = try number(value, place, in: 1...65_536)
        default: return false
        }
        return true
    }

    private func buckets(_ node: Node, at place: String) throws -> [String] {
        let patterns = try texts(node, place)
        for pattern in patterns where Glob(pattern) == nil { throw fault(place, "\(pattern) is no pattern") }
        return patterns
    }

    private func scopes(_ node: Node, at place: String) throws -> [AccessScope] {
        try texts(node, place).map { text in
            guard let scope = AccessScope(rawValue: text) else {
                let known = AccessScope.allCases.map(\.rawValue).joined(separator: ", ")
                throw fault(place, "\(text) is none of \(known)")
            }
            return scope
        }
    }

    func tls(_ node: Node) throws -> Settings.TLS {
        var certificate: String?
        var key: String?
        for (name, value) in try entries(of: node, at: "tls") {
            switch name {
            case "certificate": certificate = try text(value, "tls.certificate")
            case "key": key = try text(value, "tls.key")
            default: throw fault("tls.\(name)", "is no setting")
            }
        }
        guard let certificate, let key else { throw fault("tls", "needs a certificate and a key, each a PEM file") }
        return Settings.TLS(certificate: certificate, key: key)
    }
}
