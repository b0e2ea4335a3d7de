import API
import Checksums
import Files
import Model
import Scheduling

extension Settings {
    /// The tokens that open the service; none opens it to everybody.
    func accessTokens() -> AccessTokens {
        var entries = tokens.map { token in
            AccessTokens.Entry(
                digest: Self.bytes(hexadecimal: token.sha256),
                caller: Caller(name: token.name, tenant: token.tenant, scopes: token.scopes))
        }
        if let bearerToken {
            let caller = Caller(name: "LONGSHORE_TOKEN", tenant: .default, scopes: Set(AccessScope.allCases))
            entries.append(AccessTokens.Entry(digest: Self.sha256(Array(bearerToken.value.utf8)), caller: caller))
        }
        return entries.isEmpty ? .none : AccessTokens(entries) { Self.sha256($0) }
    }

    /// What each tenant may use, and what whoever is not named may.
    ///
    /// - Throws: `SettingsError` for a root that can't be opened.
    func tenantRights() throws -> (tenants: [TenantName: TenantRights], standard: TenantRights) {
        let standard = TenantRights(roots: try Self.rootSet(roots))
        let rights = try tenants.mapValues { tenant in
            TenantRights(
                roots: try tenant.roots.map(Self.rootSet) ?? standard.roots,
                stores: tenant.stores.map { Set($0.map(StoreName.init)) },
                buckets: tenant.buckets.map { $0.compactMap(Glob.init) }, prefixes: tenant.prefixes,
                limits: TenantLimits(weight: tenant.weight, concurrency: tenant.concurrency))
        }
        return (rights, standard)
    }

    private static func rootSet(_ paths: [String]) throws -> RootSet {
        for path in paths {
            do {
                _ = try RootSet([path])
            } catch {
                throw SettingsError("root \(path): \(error.message)")
            }
        }
        return try RootSet(paths)
    }

    private static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        var hasher = Checksums.SHA256()
        hasher.update(bytes)
        return hasher.finalize()
    }

    /// Of an even number of digits, as the settings have made sure.
    private static func bytes(hexadecimal text: String) -> [UInt8] {
        let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
