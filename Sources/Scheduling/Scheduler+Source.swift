import Files
import Model
import Transfers

extension Scheduler {
    /// The source of an upload, found beneath a root and held open.
    nonisolated func openSource(of spec: JobSpec) async throws(SchedulerError) -> UploadSource {
        guard clients[spec.store] != nil else {
            throw SchedulerError(.unknownStore, "the settings name no store \(spec.store)")
        }
        guard let path = spec.source else { preconditionFailure("an upload without a source was let through") }
        let location: SourceLocation
        do {
            location = try await surroundings.readers.run { [roots] _ throws(FileError) in try roots.openSource(path) }
        } catch {
            throw SchedulerError(opening: path, failed: error)
        }
        let source = UploadSource(location: location, spec: spec)
        if !source.faults.isEmpty {
            throw SchedulerError(.invalidSpec(source.faults), "the spec does not fit its source")
        }
        return source
    }
}

extension SchedulerError {
    fileprivate init(opening path: String, failed error: FileError) {
        switch error.code {
        case .notAllowed: self.init(.pathNotAllowed, "\(path) is not beneath an allowed root")
        case .notFound, .vanished, .notDirectory: self.init(.sourceNotFound, "\(path) does not exist")
        case .unreadable: self.init(.sourceNotFound, "\(path) can't be read: \(error.message)")
        case .notRegular:
            self.init(
                .invalidSpec([SpecFault("/source", "is neither a file nor a directory")]),
                "the source is neither a file nor a directory")
        case .nameTooLong, .invalidPath, .tooManyLinks:
            self.init(.invalidSpec([SpecFault("/source", error.message)]), "the source can't be opened")
        default: self.init(.stateUnavailable, "\(path) can't be opened now: \(error.message)")
        }
    }
}
