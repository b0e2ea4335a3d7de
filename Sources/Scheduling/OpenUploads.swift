package import Model
import Storage

/// A job's multipart uploads that are open at the store, or may be.
package struct OpenUploads: Sendable {
    package enum State: String, Sendable, CaseIterable {
        /// A run has it, or a later one goes on with it.
        case open
        /// Nobody goes on with it: it is aborted, or looked for, until the store has confirmed that it is gone.
        case aborting
        /// It may be ours and may be somebody else's, or the store does not let us see: a person must look.
        case possibleOrphan = "possible_orphan"
    }

    package struct Upload: Sendable {
        package var key: [UInt8]
        /// Nil while its creation was not answered.
        package var uploadID: UploadID?
        /// Of the intention, just before the upload was asked for.
        package var createTime: Timestamp
        package var state: State
        /// Why it is not gone yet.
        package var reason: String?

        package init(key: [UInt8], uploadID: UploadID?, createTime: Timestamp, state: State, reason: String?) {
            self.key = key
            self.uploadID = uploadID
            self.createTime = createTime
            self.state = state
            self.reason = reason
        }

        /// - Parameter reason: what kept the last try to end it.
        init(_ intention: Intention, reason: String?) {
            key = intention.location.key
            uploadID = intention.uploadID
            createTime = intention.createTime
            if let report = intention.report {
                state = .possibleOrphan
                self.reason = report
            } else if intention.lostTime != nil {
                state = .aborting
                self.reason = reason ?? (intention.uploadID == nil ? UploadSweep.lookedFor : nil)
            } else {
                state = .open
            }
        }
    }

    package var count: Int
    /// The first ten: possible orphans, then what is being aborted.
    package var uploads: [Upload]

    package init(count: Int, uploads: [Upload]) {
        self.count = count
        self.uploads = uploads
    }
}
