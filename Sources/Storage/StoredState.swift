internal import Model

/// The numbers that stand for states in `file` and `part`. They are on disk: never renumber.
enum StoredState: Int64 {
    case pending = 0
    case succeeded = 1
    case skipped = 2
    case failed = 3

    init(_ state: FileState) {
        self =
            switch state {
            case .pending, .inFlight: .pending
            case .succeeded: .succeeded
            case .skipped: .skipped
            case .failed: .failed
            }
    }

    init(_ state: PartState) { self = state == .succeeded ? .succeeded : .failed }

    var fileState: FileState {
        switch self {
        case .pending: .pending
        case .succeeded: .succeeded
        case .skipped: .skipped
        case .failed: .failed
        }
    }

    var partState: PartState { self == .succeeded ? .succeeded : .failed }
}
