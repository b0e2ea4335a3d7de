/// The newest stored state of a job, a file or a part, at its place in the feed.
package struct Change: Sendable {
    package enum Row: Sendable {
        case job(Job)
        /// The job is gone; its objects stay.
        case jobDeleted
        case file(FileTransfer)
        /// A part, with the path of its file.
        case part(Part, path: [UInt8])
    }

    package var revision: Revision
    package var job: JobNumber
    package var jobID: JobID
    package var row: Row

    package init(revision: Revision, job: JobNumber, jobID: JobID, row: Row) {
        self.revision = revision
        self.job = job
        self.jobID = jobID
        self.row = row
    }
}
