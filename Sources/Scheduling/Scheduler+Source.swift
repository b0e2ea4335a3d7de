import Files
import Model
import Transfers

extension Scheduler {
    /// What a job moves: a tree found beneath a root and held open, or objects of a store, with the directory beneath a
    /// root that they go to.
    ///
    /// - Parameter createsDestination: whether a download's directory is made where it is missing. Without it is only
    ///   looked whether it may be.
    nonisolated func openSource(
        of spec: JobSpec, _ tenant: TenantName, createsDestination: Bool = true
    ) async throws(SchedulerError) -> JobSource {
        let rights = tenants[tenant]
        _ = try client(of: spec.store, rights)
        let client = try client(of: spec.objectStore, rights)
        let refused = rights.faults(in: spec)
        if !refused.isEmpty { throw SchedulerError(.forbidden(refused), "the token does not allow this place") }
        let source: JobSource
        switch spec.kind {
        case .upload: source = .tree(try await openTree(of: spec, rights.roots))
        case .download:
            source = .objects(
                ObjectSource(spec: spec, client: client),
                try await openDestination(of: spec, rights.roots, creates: createsDestination))
        case .copy: source = .objects(ObjectSource(spec: spec, client: client), nil)
        }
        if !source.faults.isEmpty {
            throw SchedulerError(.invalidSpec(source.faults), "the spec does not fit its source")
        }
        return source
    }

    /// A store that the tenant may not use does not exist for it.
    private nonisolated func client(
        of store: StoreName, _ rights: TenantRights
    ) throws(SchedulerError) -> TransferClient {
        guard rights.mayUse(store), let client = clients[store] else {
            throw SchedulerError(.unknownStore, "the settings name no store \(store)")
        }
        return client
    }

    private nonisolated func openTree(of spec: JobSpec, _ roots: RootSet) async throws(SchedulerError) -> UploadSource {
        guard let path = spec.source else { preconditionFailure("an upload without a source was let through") }
        do {
            let location = try await surroundings.readers.run { [roots] _ throws(FileError) in
                try roots.openSource(path)
            }
            return UploadSource(location: location, spec: spec)
        } catch {
            throw SchedulerError(opening: path, at: "/source", failed: error)
        }
    }

    private nonisolated func openDestination(
        of spec: JobSpec, _ roots: RootSet, creates: Bool
    ) async throws(SchedulerError) -> DestinationFolder? {
        guard let path = spec.destination else { preconditionFailure("a download to nowhere was let through") }
        do {
            return try await surroundings.readers.run { [roots] _ throws(FileError) in
                try creates ? roots.openDestination(path) : roots.existingDestination(path)
            }
        } catch {
            throw SchedulerError(opening: path, at: "/destination", failed: error)
        }
    }
}

extension SchedulerError {
    fileprivate init(opening path: String, at pointer: String, failed error: FileError) {
        switch error.code {
        case .notAllowed: self.init(.pathNotAllowed, "\(path) is not beneath an allowed root")
        case .notDirectory where pointer == "/destination":
            self.init(
                .invalidSpec([SpecFault(pointer, "a file stands there or on the way")]),
                "the destination is no directory")
        case .notFound, .vanished, .notDirectory: self.init(.sourceNotFound, "\(path) does not exist")
        case .unreadable: self.init(.sourceNotFound, "\(path) can't be read: \(error.message)")
        case .notRegular:
            self.init(
                .invalidSpec([SpecFault(pointer, "is neither a file nor a directory")]),
                "the source is neither a file nor a directory")
        case .nameTooLong, .invalidPath, .tooManyLinks:
            self.init(.invalidSpec([SpecFault(pointer, error.message)]), "the path can't be opened")
        default: self.init(.stateUnavailable, "\(path) can't be opened now: \(error.message)")
        }
    }
}
