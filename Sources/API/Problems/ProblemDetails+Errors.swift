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
        switch error.code {
        case .jobNotFound: self.init(.jobNotFound, error.message)
        case .conflict(let state):
            self.init(
                .conflict,
                error.message.contains(state.rawValue)
                    ? error.message : "\(error.message) The job is \(state.rawValue).")
        case .idInUse: self.init(.conflict, error.message)
        case .idempotencyKeyReused: self.init(.idempotencyKeyReused, error.message)
        case .draining: self.init(.draining, error.message)
        case .tooManyJobs: self.init(.tooManyJobs, error.message)
        case .stateUnavailable: self.init(.stateUnavailable, error.message)
        case .invalidSpec(let faults):
            self.init(faults: faults)
            if faults.isEmpty { self.faults = [SpecFault("", error.message)] }
        case .pathNotAllowed: self.init(.pathNotAllowed, error.message)
        case .sourceNotFound:
            self.init(.sourceNotFound, error.message, faults: [SpecFault("/source", error.message)])
        case .unknownStore: self.init(.unknownStore, error.message, faults: [SpecFault("/store", error.message)])
        }
    }

    /// The message may name files of the state directory, which are the operator's business: the log has it.
    package init(_ error: StorageError) {
        let detail =
            switch error.code {
            case .full: "The state directory has no room."
            case .readOnly: "The state directory can't be written."
            case .closed: "The state is closed: the service stops."
            case .locked, .damaged, .newerSchema, .io: "The state can't be read or written."
            }
        self.init(error.code == .closed ? .draining : .stateUnavailable, detail)
    }

    package init(_ error: JSONSyntaxError) {
        self.init(faults: [SpecFault("", "is no JSON: at byte \(error.offset) \(error.detail)")])
    }

    package static func jobNotFound(_ id: String) -> ProblemDetails {
        ProblemDetails(.jobNotFound, "No job has the id \(id).")
    }
}
