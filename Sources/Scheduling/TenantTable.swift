package import Files
package import Model
import Synchronization

/// What the settings give a tenant.
package struct TenantRights: Sendable {
    /// Local paths lie beneath them.
    package var roots: RootSet
    /// Nil: every store.
    package var stores: Set<StoreName>?
    /// Names and patterns of buckets; nil: every bucket.
    package var buckets: [Glob]?
    /// What keys begin with; nil: whatever they like.
    package var prefixes: [String]?
    package var limits: TenantLimits

    package init(
        roots: RootSet, stores: Set<StoreName>? = nil, buckets: [Glob]? = nil, prefixes: [String]? = nil,
        limits: TenantLimits = TenantLimits()
    ) {
        self.roots = roots
        self.stores = stores
        self.buckets = buckets
        self.prefixes = prefixes
        self.limits = limits
    }

    package func mayUse(_ store: StoreName) -> Bool { stores?.contains(store) ?? true }

    /// What of the spec's buckets and keys it may not use, each at its place in the spec.
    package func faults(in spec: JobSpec) -> [SpecFault] {
        var faults: [SpecFault] = []
        if let bucket = spec.sourceBucket {
            check(bucket, at: "/source_bucket", &faults)
            let place = spec.sourceKey == nil ? "/source_prefix" : "/source_key"
            check(key: spec.sourceKey ?? spec.sourcePrefix ?? "", at: place, &faults)
        }
        check(spec.bucket, at: "/bucket", &faults)
        check(key: spec.key ?? spec.prefix ?? "", at: spec.key == nil ? "/prefix" : "/key", &faults)
        return faults
    }

    private func check(_ bucket: String, at pointer: String, _ faults: inout [SpecFault]) {
        guard let buckets, !buckets.contains(where: { $0.matches(Array(bucket.utf8)) }) else { return }
        faults.append(SpecFault(pointer, "is no bucket that the token allows"))
    }

    /// A key with `..` is refused where prefixes bind: a store that keeps its objects in folders may leave the prefix by it.
    private func check(key: String, at pointer: String, _ faults: inout [SpecFault]) {
        guard let prefixes else { return }
        let climbs = key.utf8.split(separator: UInt8(ascii: "/")).contains { $0.elementsEqual("..".utf8) }
        if !climbs, prefixes.contains(where: { key.utf8.starts(with: $0.utf8) }) { return }
        faults.append(SpecFault(pointer, "must begin with \(prefixes.joined(separator: " or "))"))
    }
}

/// The tenants of the settings, which may be replaced while jobs run.
package final class TenantTable: Sendable {
    private struct Guarded {
        var tenants: [TenantName: TenantRights]
        var standard: TenantRights
    }

    private let guarded: Mutex<Guarded>

    /// - Parameter standard: of a tenant that is not named: what is left of its jobs goes on by that.
    package init(_ tenants: [TenantName: TenantRights] = [:], standard: TenantRights) {
        guarded = Mutex(Guarded(tenants: tenants, standard: standard))
    }

    package subscript(tenant: TenantName) -> TenantRights {
        guarded.withLock { $0.tenants[tenant] ?? $0.standard }
    }

    package var limits: [TenantName: TenantLimits] { guarded.withLock { $0.tenants.mapValues(\.limits) } }

    func replace(with tenants: [TenantName: TenantRights], standard: TenantRights) {
        guarded.withLock { $0 = Guarded(tenants: tenants, standard: standard) }
    }
}
