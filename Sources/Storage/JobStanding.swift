internal import Model

/// What the end of a job depends on, and what follows from it.
struct JobStanding {
    var state: JobState
    var kind: JobSpec.Kind
    var tenant: TenantName
    var counters: JobCounters
    var scanComplete: Bool
    var hasWebhook: Bool
}
