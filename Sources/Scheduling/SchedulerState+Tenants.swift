package import Model

/// Shares between tenants come first: the tenant is chosen by the rules that choose among its jobs, then one of its jobs.
///
/// While there is one tenant there is nothing to choose and nothing is kept in the line of tenants.
extension SchedulerState {
    /// A tenant, with those of its jobs that could go. Tenants are few and stay.
    struct Tenant: Sendable {
        var standing = Standing(cap: .max, weight: 1)
        var line = FairLine<JobNumber>()
        /// Jobs of it that are known.
        var jobs = 0

        /// Whether any of its jobs has a permit or wants one.
        var competes: Bool { line.competing > 0 || standing.inFlight > 0 }
        var hasRoom: Bool { standing.inFlight < standing.cap }
    }

    /// What the settings give tenants. One that they do not name has the weight 1 and no cap of its own.
    package mutating func setTenants(_ limits: [TenantName: TenantLimits]) -> [WaiterID] {
        for name in limits.keys { _ = place(of: name) }
        for (name, place) in places {
            let limit = limits[name] ?? TenantLimits()
            // The weight that competes is put right by the next count.
            tenants[place].standing.cap = limit.concurrency ?? .max
            tenants[place].standing.weight = limit.weight
            offerTenant(place)
        }
        return grants()
    }

    package func inFlight(of tenant: TenantName) -> Int { places[tenant].map { tenants[$0].standing.inFlight } ?? 0 }

    /// Where the tenant stands in `tenants`, from now on if it was unknown.
    mutating func place(of name: TenantName) -> Int {
        if let place = places[name] { return place }
        let place = tenants.count
        places[name] = place
        tenants.append(Tenant())
        // Until now there was no one to share with.
        if place == 1 { offerTenant(0) }
        return place
    }

    private var isShared: Bool { tenants.count > 1 }

    /// Puts the tenant among those who come next, at its present share or turn.
    mutating func offerTenant(_ place: Int) {
        guard isShared else { return }
        newestVersion += 1
        tenants[place].standing.version = newestVersion
        let competes = tenants[place].competes
        line.count(&tenants[place].standing, competes: competes)
        guard tenants[place].hasRoom, !tenants[place].line.isEmpty else { return }
        line.offer(place, tenants[place].standing)
        let all = tenants
        line.trim(members: all.count) { all[$0].standing }
    }

    /// The next job, of the tenant whose turn it is. The tenant stands in line no more, until it is offered anew.
    mutating func nextCandidate() -> FairLine<JobNumber>.Candidate? {
        guard isShared else {
            if isPacing, tenants[0].line.isEmpty { offerBlocked() }
            return tenants[0].hasRoom ? nextCandidate(of: 0) : nil
        }
        if isPacing, line.isEmpty { offerBlocked() }
        while let tenant = nextTenant() {
            guard tenants[tenant].hasRoom else { continue }
            if let candidate = nextCandidate(of: tenant) { return candidate }
        }
        return nil
    }

    private mutating func nextTenant() -> Int? {
        let all = tenants
        return line.pop { all[$0].standing }?.member
    }

    private mutating func nextCandidate(of tenant: Int) -> FairLine<JobNumber>.Candidate? {
        let all = jobs
        return tenants[tenant].line.pop { all[$0]?.standing }
    }

    // MARK: Permits

    mutating func countTaken(by tenant: Int) {
        if isShared {
            line.take(&tenants[tenant].standing)
        } else {
            tenants[tenant].standing.inFlight += 1
        }
    }

    mutating func countReleased(by tenant: Int) {
        tenants[tenant].standing.inFlight -= 1
        let competes = tenants[tenant].competes
        if isShared { line.count(&tenants[tenant].standing, competes: competes) }
    }
}

/// What the settings give a tenant of the permits.
package struct TenantLimits: Sendable, Hashable {
    /// Of its share while the global cap binds.
    package var weight: Int
    /// Most of its requests in flight, of all its jobs together; nil: no fewer than the global cap.
    package var concurrency: Int?

    package init(weight: Int = 1, concurrency: Int? = nil) {
        self.weight = weight
        self.concurrency = concurrency
    }
}
