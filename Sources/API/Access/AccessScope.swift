/// What a token lets its holder do. None implies another.
package enum AccessScope: String, Sendable, Hashable, CaseIterable {
    /// Every GET: of the own tenant's jobs, and of what belongs to nobody.
    case read
    /// Create, change, steer and delete the own tenant's jobs.
    case submit
    /// The service as a whole: its limits and its metrics; and what `read` and `submit` allow, over all tenants' jobs.
    case admin
}
