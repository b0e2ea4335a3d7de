import Files
import Model
import Storage
import Transfers

extension Scheduler {
    /// Before a download of which nothing runs ends as cancelled or failed: the temporary files of its pending files go.
    ///
    /// Looked for by name, since a process that was killed could not remove its own. Some at a time; what can't be removed
    /// now is not worth holding up the job's end.
    nonisolated func removeLeftovers(of job: Job) async {
        guard job.spec.kind == .download, let path = job.spec.destination else { return }
        let found = try? await surroundings.readers.run { [roots = tenants[job.tenant].roots] _ throws(FileError) in
            try roots.existingDestination(path)
        }
        guard let destination = found ?? nil else { return }
        var after: FileNumber?
        while let batch = try? await store.files(job.number, states: [.pending], after: after, limit: 1_000),
            let last = batch.last
        {
            try? await surroundings.readers.run { _ throws(FileError) in
                DownloadLeftovers.remove(of: batch, in: destination, job: job.uniqueName)
            }
            after = last.number
        }
    }
}
