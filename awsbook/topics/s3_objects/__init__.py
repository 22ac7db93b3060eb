"""S3 objects: keys, versions, encryption, multipart uploads, and what a reader sees after a write."""
