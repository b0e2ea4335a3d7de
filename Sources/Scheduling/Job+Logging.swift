import Logging
import Model

extension Job {
    /// What every line about a job carries beside `more`: its id, and the caller's trace where there is one.
    func metadata(_ more: Logger.Metadata = [:]) -> Logger.Metadata {
        Self.metadata(id, traceParent, more)
    }

    static func metadata(_ id: JobID, _ trace: TraceParent?, _ more: Logger.Metadata) -> Logger.Metadata {
        var metadata = more
        metadata["job"] = "\(id)"
        if let trace { metadata["trace_id"] = "\(trace.traceID)" }
        return metadata
    }
}
