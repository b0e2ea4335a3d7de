package import Model
import S3Client

/// An upload that the store lists.
package struct ListedUpload: Sendable, Hashable {
    package var uploadID: UploadID
    /// By the store's clock; nil when it can't be read.
    package var initiated: Timestamp?

    package init(uploadID: UploadID, initiated: Timestamp?) {
        self.uploadID = uploadID
        self.initiated = initiated
    }
}

/// The uploads of one key that a store lists.
package struct UploadListing: Sendable {
    package var uploads: [ListedUpload]
    /// When it answered; nil when it does not say.
    package var storeTime: Timestamp?

    package init(uploads: [ListedUpload], storeTime: Timestamp?) {
        self.uploads = uploads
        self.storeTime = storeTime
    }
}

/// Why a store's uploads can't be seen.
package enum ListingFault: Error, Sendable {
    /// Neither now nor later: the credentials may not, or the store can't.
    case denied(Failure)
    /// Try again later.
    case failed(Failure)
}

extension TransferClient {
    /// Every open upload of exactly this key: all pages of ListMultipartUploads below it.
    package func uploads(
        of location: ObjectLocation, acquire: @escaping @Sendable (_ attempt: Int) async throws -> Permit
    ) async throws(ListingFault) -> UploadListing {
        var listing = UploadListing(uploads: [], storeTime: nil)
        var marker: UploadPage.Marker?
        repeat {
            let page: UploadPage
            do throws(S3Error) {
                page = try await s3.listMultipartUploads(
                    bucket: location.bucket, prefix: location.key, after: marker, acquire: acquire)
            } catch {
                // With its bucket every upload is gone.
                if error.code == .noSuchBucket { return UploadListing(uploads: [], storeTime: nil) }
                throw ListingFault(error)
            }
            listing.uploads += page.uploads.lazy.filter { $0.key == location.key }.map {
                ListedUpload(uploadID: $0.uploadID, initiated: $0.initiated)
            }
            listing.storeTime = page.storeTime
            guard page.nextMarker == nil || page.nextMarker != marker else {
                throw .failed(Failure(.storeError, "ListMultipartUploads: the next page begins where this one did"))
            }
            marker = page.nextMarker
        } while marker != nil
        return listing
    }

    /// Whether anything was sent to an upload; nil when the store knows it no longer.
    package func hasParts(
        _ uploadID: UploadID, of location: ObjectLocation,
        acquire: @escaping @Sendable (_ attempt: Int) async throws -> Permit
    ) async throws(ListingFault) -> Bool? {
        do throws(S3Error) {
            return try await !s3.listParts(uploadID, location, acquire: acquire).parts.isEmpty
        } catch {
            if error.code == .noSuchUpload || error.code == .noSuchBucket { return nil }
            throw ListingFault(error)
        }
    }
}

extension ListingFault {
    fileprivate init(_ error: S3Error) {
        switch error.code {
        case .accessDenied, .notImplemented, .invalidRequest: self = .denied(Failure(error))
        default: self = .failed(Failure(error))
        }
    }
}
