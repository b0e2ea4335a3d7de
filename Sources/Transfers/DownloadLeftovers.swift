package import Files
package import Model

/// Temporary files of downloads that will not be gone on with: their names follow from the job and the file.
package enum DownloadLeftovers {
    /// Removes those of some files of a job, where there are any. Blocks on the file system: for a reader thread.
    ///
    /// - Parameter job: its `uniqueName`.
    ///
    /// Of a file whose folder is gone, or can't be reached, there is nothing to remove; others must not suffer for it.
    package static func remove(of files: [FileTransfer], in destination: DestinationFolder, job: String) {
        var opened: (path: [UInt8], folder: DestinationFolder?)?
        for file in files where !file.isDirectoryMarker {
            guard let path = try? DestinationPath(file.path) else { continue }
            // Files of one folder mostly follow one another.
            if opened?.path != path.folder {
                opened = (path.folder, (try? destination.existingFolder(path.folder)) ?? nil)
            }
            try? opened?.folder?.removeTemporary(token: DownloadTarget.token(of: file.number, in: job))
        }
    }
}
