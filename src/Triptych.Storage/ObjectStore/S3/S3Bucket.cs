using System.Globalization;
using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace Triptych.Storage.ObjectStore.S3;

/// <summary>
/// A bucket of a real S3 service, one request per call: nothing is tried again here. Bodies are read straight into the caller's buffer.
/// What S3 leaves open is settled here: who won a conditional put (a name kept beside the object, for an answer may get lost), whether a
/// completed upload is there (HEAD: Ceph answers with an empty tag), whether an answer is all of the range. Any thread may call.
/// </summary>
public sealed class S3Bucket : IBucket, IDisposable
{
    private const string WriterMetadata = "triptych-writer";
    private readonly S3Options _options;
    private readonly TimeProvider _time;
    private readonly S3Connections _connections;
    private readonly AmazonS3Client _client;
    private readonly string _prefix;

    /// <param name="options">Where it is.</param>
    /// <param name="time">The clock, for messages only: requests are signed by the system's clock.</param>
    public S3Bucket(S3Options options, TimeProvider time)
    {
        _options = options;
        _time = time;
        _prefix = options.Prefix.Length == 0 ? "" : options.Prefix + "/";
        _connections = new S3Connections(options.MaxConnections);
        _client = new AmazonS3Client(new BasicAWSCredentials(options.AccessKey, options.SecretKey), new AmazonS3Config
        {
            ServiceURL = options.Endpoint.OriginalString,
            AuthenticationRegion = options.Region,
            ForcePathStyle = options.PathStyle,
            HttpClientFactory = _connections,
            MaxErrorRetry = 0,
            Timeout = Timeout.InfiniteTimeSpan,

            // Servers that do not know checksums in trailers refuse requests that have them; signatures protect bodies anyway.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        });
    }

    /// <inheritdoc/>
    public async ValueTask<bool> PutAsync(
        string key, ReadOnlyMemory<byte> content, bool onlyIfAbsent, string writer, CancellationToken cancellationToken)
    {
        await using var body = new MemoryReadStream(content);
        var request = new PutObjectRequest
        {
            BucketName = _options.Bucket,
            Key = _prefix + key,
            InputStream = body,
            AutoCloseStream = false,
            AutoResetStreamPosition = false,
            ContentType = "application/octet-stream",
            IfNoneMatch = onlyIfAbsent ? "*" : null,
        };
        request.Metadata[WriterMetadata] = writer;
        try
        {
            await _client.PutObjectAsync(request, cancellationToken);
            return true;
        }
        catch (AmazonS3Exception e) when (onlyIfAbsent && e.StatusCode == HttpStatusCode.PreconditionFailed)
        {
            // Perhaps our own: an earlier try whose answer got lost.
            return (await HeadAsync(key, cancellationToken))?.Metadata[WriterMetadata] == writer;
        }
        catch (Exception e) when (S3Faults.IsFault(e))
        {
            throw Failure(e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<int> GetRangeAsync(string key, long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfZero(buffer.Length);
        var request = new GetObjectRequest
        {
            BucketName = _options.Bucket,
            Key = _prefix + key,
            ByteRange = new ByteRange(offset, offset + buffer.Length - 1),
        };
        try
        {
            using var response = await _client.GetObjectAsync(request, cancellationToken);
            return await ReadBodyAsync(response, key, offset, buffer, cancellationToken);
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            return 0;
        }
        catch (AmazonS3Exception e) when (IsMissingObject(e))
        {
            throw new ObjectNotFoundException(key, e);
        }
        catch (Exception e) when (S3Faults.IsFault(e))
        {
            throw Failure(e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<long?> GetLengthAsync(string key, CancellationToken cancellationToken) =>
        (await HeadAsync(key, cancellationToken))?.ContentLength;

    /// <inheritdoc/>
    public async ValueTask<ObjectPage> ListAsync(string prefix, string? after, CancellationToken cancellationToken)
    {
        var request = new ListObjectsV2Request
        {
            BucketName = _options.Bucket,
            Prefix = _prefix + prefix,
            StartAfter = after is null ? null : _prefix + after,
            MaxKeys = IBucket.MaxKeysPerCall,
        };
        try
        {
            var response = await _client.ListObjectsV2Async(request, cancellationToken);
            var entries = new List<ObjectEntry>(response.S3Objects?.Count ?? 0);
            foreach (var found in response.S3Objects ?? [])
                entries.Add(new ObjectEntry(found.Key[_prefix.Length..], found.Size ?? 0));
            return new ObjectPage(entries, response.IsTruncated ?? false);
        }
        catch (Exception e) when (S3Faults.IsFault(e))
        {
            throw Failure(e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(keys.Count, IBucket.MaxKeysPerCall);
        try
        {
            if (keys.Count == 1)
            {
                await _client.DeleteObjectAsync(new DeleteObjectRequest { BucketName = _options.Bucket, Key = _prefix + keys.First() }, cancellationToken);
                return;
            }

            await _client.DeleteObjectsAsync(
                new DeleteObjectsRequest { BucketName = _options.Bucket, Quiet = true, Objects = [.. keys.Select(k => new KeyVersion { Key = _prefix + k })] },
                cancellationToken);
        }
        catch (DeleteObjectsException e)
        {
            var first = e.Response.DeleteErrors[0];
            throw S3Faults.Make(
                ObjectStoreFault.Unavailable, _options, $"{e.Response.DeleteErrors.Count} of {keys.Count} objects were not deleted, {first.Key} among them ({first.Code})", e);
        }
        catch (Exception e) when (S3Faults.IsFault(e))
        {
            throw Failure(e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<BucketUpload> BeginUploadAsync(string key, string writer, CancellationToken cancellationToken)
    {
        var request = new InitiateMultipartUploadRequest { BucketName = _options.Bucket, Key = _prefix + key, ContentType = "application/octet-stream" };
        request.Metadata[WriterMetadata] = writer;
        try
        {
            var response = await _client.InitiateMultipartUploadAsync(request, cancellationToken);
            return new BucketUpload(key, response.UploadId);
        }
        catch (Exception e) when (S3Faults.IsFault(e))
        {
            throw Failure(e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<string> PutPartAsync(BucketUpload upload, int number, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        await using var body = new MemoryReadStream(content);
        var request = new UploadPartRequest
        {
            BucketName = _options.Bucket,
            Key = _prefix + upload.Key,
            UploadId = upload.UploadId,
            PartNumber = number,
            InputStream = body,
            PartSize = content.Length,
        };
        try
        {
            return (await _client.UploadPartAsync(request, cancellationToken)).ETag;
        }
        catch (Exception e) when (S3Faults.IsFault(e))
        {
            throw Failure(e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<long> CompleteUploadAsync(
        BucketUpload upload, IReadOnlyList<string> partTags, string writer, CancellationToken cancellationToken)
    {
        var request = new CompleteMultipartUploadRequest
        {
            BucketName = _options.Bucket,
            Key = _prefix + upload.Key,
            UploadId = upload.UploadId,
            PartETags = [.. partTags.Select((tag, i) => new PartETag(i + 1, tag))],
        };
        AmazonServiceException? gone = null;
        try
        {
            await _client.CompleteMultipartUploadAsync(request, cancellationToken);
        }
        catch (AmazonServiceException e) when (e.ErrorCode == "NoSuchUpload")
        {
            // An earlier try may have completed it without our learning of it: the object tells.
            gone = e;
        }
        catch (Exception e) when (S3Faults.IsFault(e))
        {
            throw Failure(e);
        }

        var found = await HeadAsync(upload.Key, cancellationToken);
        if (found is not null && found.Metadata[WriterMetadata] == writer)
            return found.ContentLength;
        throw S3Faults.Make(ObjectStoreFault.Unexpected, _options, $"the upload of {upload.Key} was completed, and the object is not there or another's", gone);
    }

    /// <inheritdoc/>
    public async ValueTask AbortUploadAsync(BucketUpload upload, CancellationToken cancellationToken)
    {
        try
        {
            await _client.AbortMultipartUploadAsync(
                new AbortMultipartUploadRequest { BucketName = _options.Bucket, Key = _prefix + upload.Key, UploadId = upload.UploadId }, cancellationToken);
        }
        catch (AmazonServiceException e) when (e.ErrorCode == "NoSuchUpload")
        {
            // Gone is what was asked for.
        }
        catch (Exception e) when (S3Faults.IsFault(e))
        {
            throw Failure(e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<UnfinishedUpload>> ListUploadsAsync(CancellationToken cancellationToken)
    {
        try
        {
            var response = await _client.ListMultipartUploadsAsync(
                new ListMultipartUploadsRequest { BucketName = _options.Bucket, Prefix = _prefix, MaxUploads = IBucket.MaxKeysPerCall }, cancellationToken);
            var uploads = new List<UnfinishedUpload>();
            foreach (var found in response.MultipartUploads ?? [])
            {
                var started = new DateTimeOffset((found.Initiated ?? DateTime.UnixEpoch).ToUniversalTime());
                uploads.Add(new UnfinishedUpload(new BucketUpload(found.Key[_prefix.Length..], found.UploadId), started));
            }

            return uploads;
        }
        catch (Exception e) when (S3Faults.IsFault(e))
        {
            throw Failure(e);
        }
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose()
    {
        _client.Dispose();
        _connections.Dispose();
    }

    private static bool IsMissingObject(AmazonS3Exception e) => e.StatusCode == HttpStatusCode.NotFound && e.ErrorCode != "NoSuchBucket";

    private async ValueTask<GetObjectMetadataResponse?> HeadAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            return await _client.GetObjectMetadataAsync(new GetObjectMetadataRequest { BucketName = _options.Bucket, Key = _prefix + key }, cancellationToken);
        }
        catch (AmazonS3Exception e) when (IsMissingObject(e))
        {
            return null;
        }
        catch (Exception e) when (S3Faults.IsFault(e))
        {
            throw Failure(e);
        }
    }

    private async ValueTask<int> ReadBodyAsync(
        GetObjectResponse response, string key, long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var expected = LengthOfAnswer(response, key, offset, buffer.Length);
        var read = 0;
        try
        {
            while (read < expected)
            {
                var count = await response.ResponseStream.ReadAsync(buffer[read..expected], cancellationToken);
                if (count == 0)
                    throw Torn(key, offset, read, expected, inner: null);
                read += count;
            }

            return read;
        }
        catch (Exception e) when (S3Faults.IsFault(e))
        {
            throw Torn(key, offset, read, expected, e);
        }
    }

    /// <summary>What the answer says that it holds; an answer about other bytes than those asked for must never be taken for them.</summary>
    private int LengthOfAnswer(GetObjectResponse response, string key, long offset, int wanted)
    {
        // "bytes 100-199/1000"
        var range = response.ContentRange;
        var dash = range?.IndexOf('-', StringComparison.Ordinal) ?? -1;
        var slash = range?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        var isRight = dash > 6 && slash > dash && range!.StartsWith("bytes ", StringComparison.Ordinal)
            && long.TryParse(range.AsSpan(6, dash - 6), NumberStyles.None, CultureInfo.InvariantCulture, out var first) && first == offset
            && long.TryParse(range.AsSpan(dash + 1, slash - dash - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var last) && last >= first
            && last - first < wanted && last - first + 1 == response.ContentLength;
        return isRight
            ? (int)response.ContentLength
            : throw S3Faults.Make(
                ObjectStoreFault.Unexpected, _options, $"asked for {wanted} bytes at {offset} of {key}, answered {(int)response.HttpStatusCode} with {response.ContentLength} bytes, range '{range}'");
    }

    private ObjectStoreException Torn(string key, long offset, int read, int expected, Exception? inner) =>
        S3Faults.Make(ObjectStoreFault.TornAnswer, _options, $"the answer ended after {read} of {expected} bytes at {offset} of {key}", inner, read);

    private ObjectStoreException Failure(Exception e) => S3Faults.From(e, _options, _time.GetUtcNow());
}
