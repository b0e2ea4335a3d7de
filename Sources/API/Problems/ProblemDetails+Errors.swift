import HTTPTypes
import Model
package import Scheduling
package import Storage

extension ProblemDetails {
    /// The one place where what went wrong in a room below becomes an answer. Nil for what no caller can cause:
    /// that is ours to log.
    package init?(describing error: any Error) {
        switch error {
        case let problem as ProblemDetails: self = problem
        case let error as SchedulerError: self.init(error)
        case let error as StorageError: self.init(error)
        case let error as JSONSyntaxError: self.init(error)
        default: return nil
        }
    }

    package init(_ error: SchedulerError) {
        let detail = Self.sentence(error.message)
        switch error.code {
        case .jobNotFound: self.init(.jobNotFound, detail)
        case .conflict(let state):
            self.init(.conflict, detail.contains(state.rawValue) ? detail : "\(detail) The job is \(state.rawValue).")
        case .idInUse: self.init(.conflict, detail)
        case .idempotencyKeyReused: self.init(.idempotencyKeyReused, detail)
        case .draining: self.init(.draining, detail)
        case .tooManyJobs: self.init(.tooManyJobs, detail)
        case .stateUnavailable: self.init(.stateUnavailable, detail)
        case .invalidSpec(let faults):
            self.init(faults: faults.isEmpty ? [SpecFault("", error.message)] : faults)
        case .pathNotAllowed: self.init(.pathNotAllowed, detail)
        case .forbidden(let faults): self.init(.forbidden, detail, faults: faults)
        case .sourceNotFound: self.init(.sourceNotFound, detail, faults: [SpecFault("/source", error.message)])
        case .unknownStore: self.init(.unknownStore, detail, faults: [SpecFault("/store", error.message)])
        }
    }

    /// Rooms say `the service stops`, people read `The service stops.`
    private static func sentence(_ message: String) -> String {
        guard let first = message.first else { return message }
        // A path stays as it is.
        return first.uppercased() + message.dropFirst() + (message.hasSuffix(".") ? "" : ".")
    }

    /// The message may name files of the state directory, which are the operator's business: the log has it.
    package init(_ error: StorageError) {
        let detail =
            switch error.code {
            case .full: "The state directory has no room."
            case .readOnly: "The state directory can't be written."
            case .closed: "The state is closed: the service stops."
            case .locked, .damaged, .newerSchema, .io, .internal: "The state can't be read or written."
            }
        self.init(error.code == .closed ? .draining : .stateUnavailable, detail)
    }

    package init(_ error: JSONSyntaxError) {
        self.init(faults: [SpecFault("", "is no JSON: at byte \(error.offset) \(error.detail)")])
    }

    /// RFC 6750, section 3.1.
    package static func scopeMissing(_ scope: AccessScope) -> ProblemDetails {
        ProblemDetails(
            .forbidden, "The token lacks the scope \(scope.rawValue).",
            headerFields: [.wwwAuthenticate: "Bearer error=\"insufficient_scope\", scope=\"\(scope.rawValue)\""])
    }

    package static func jobNotFound(_ id: String) -> ProblemDetails {
        ProblemDetails(.jobNotFound, "No job has the id \(id).")
    }
}
