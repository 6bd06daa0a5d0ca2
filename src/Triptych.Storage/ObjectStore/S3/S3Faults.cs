using System.Globalization;
using System.Net;
using Amazon.Runtime;
using Amazon.S3;

namespace Triptych.Storage.ObjectStore.S3;

/// <summary>
/// What went wrong, from what the client threw: which fault, and the one line that says what to do. Status and error code decide; texts of
/// servers differ. A HEAD has no error code, so a refused one is only <see cref="ObjectStoreFault.Denied"/>.
/// </summary>
internal static class S3Faults
{
    private static readonly Dictionary<string, ObjectStoreFault> ByCode = new(StringComparer.Ordinal)
    {
        ["InvalidAccessKeyId"] = ObjectStoreFault.UnknownAccessKey,
        ["SignatureDoesNotMatch"] = ObjectStoreFault.WrongSecretKey,
        ["RequestTimeTooSkewed"] = ObjectStoreFault.ClockSkew,
        ["UserSuspended"] = ObjectStoreFault.UserSuspended,
        ["NoSuchBucket"] = ObjectStoreFault.MissingBucket,
        ["InvalidBucketName"] = ObjectStoreFault.MissingBucket,
        ["PermanentRedirect"] = ObjectStoreFault.WrongRegion,
        ["AuthorizationHeaderMalformed"] = ObjectStoreFault.WrongRegion,
        ["QuotaExceeded"] = ObjectStoreFault.QuotaFull,
        ["SlowDown"] = ObjectStoreFault.Throttled,
        ["TooManyRequests"] = ObjectStoreFault.Throttled,
        ["RequestLimitExceeded"] = ObjectStoreFault.Throttled,
        ["IncompleteBody"] = ObjectStoreFault.TornRequest,
        ["BadDigest"] = ObjectStoreFault.TornRequest,
        ["RequestTimeout"] = ObjectStoreFault.TornRequest,
        ["XAmzContentSHA256Mismatch"] = ObjectStoreFault.TornRequest,
        ["ConditionalRequestConflict"] = ObjectStoreFault.Unavailable,
        ["OperationAborted"] = ObjectStoreFault.Unavailable,
    };

    /// <summary>Whether what was thrown is about the store at all; anything else is a bug and passes.</summary>
    public static bool IsFault(Exception e) =>
        e is AmazonServiceException or AmazonClientException or HttpRequestException or IOException and not ObjectStoreException;

    /// <summary>The failure, with its line.</summary>
    /// <param name="thrown">What the client threw.</param>
    /// <param name="options">Endpoint and bucket to name.</param>
    /// <param name="now">This host's clock, for a clock that is wrong.</param>
    public static ObjectStoreException From(Exception thrown, S3Options options, DateTimeOffset now)
    {
        var fault = FaultOf(thrown);
        return Make(fault, options, Describe(fault, thrown, options, now), thrown);
    }

    /// <summary>A failure that is known without an exception of the client.</summary>
    public static ObjectStoreException Make(ObjectStoreFault fault, S3Options options, string what, Exception? inner = null, int bytesRead = 0) =>
        new(fault, OneLine($"object store {options}: {what}"), inner, bytesRead);

    private static ObjectStoreFault FaultOf(Exception thrown)
    {
        if (thrown is AmazonServiceException { StatusCode: not 0 } answered)
        {
            if (answered.ErrorCode is { } code && ByCode.TryGetValue(code, out var known))
                return known;
            return answered.StatusCode switch
            {
                HttpStatusCode.TooManyRequests => ObjectStoreFault.Throttled,
                HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized => ObjectStoreFault.Denied,
                HttpStatusCode.MovedPermanently or HttpStatusCode.TemporaryRedirect => ObjectStoreFault.WrongRegion,
                HttpStatusCode.InsufficientStorage => ObjectStoreFault.QuotaFull,
                HttpStatusCode.RequestTimeout => ObjectStoreFault.TornRequest,
                >= HttpStatusCode.InternalServerError => ObjectStoreFault.Unavailable,
                _ => ObjectStoreFault.Unexpected,
            };
        }

        for (var e = thrown; e is not null; e = e.InnerException)
        {
            if (e is HttpRequestException or IOException or System.Net.Sockets.SocketException or TimeoutException)
                return ObjectStoreFault.NoConnection;
        }

        return ObjectStoreFault.Unexpected;
    }

    private static string Describe(ObjectStoreFault fault, Exception thrown, S3Options options, DateTimeOffset now) => fault switch
    {
        ObjectStoreFault.UnknownAccessKey => $"the access key {options.AccessKey} is not known there; see {options.Section}.access_key",
        ObjectStoreFault.WrongSecretKey => $"the secret key does not belong to the access key {options.AccessKey}; see {options.Section}.secret_key and secret_key_file",
        ObjectStoreFault.ClockSkew => string.Create(
            CultureInfo.InvariantCulture, $"refused because of the time: here it is {now.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}, and the store's clock differs by more than it allows; set this host's clock"),
        ObjectStoreFault.UserSuspended => $"the user of the access key {options.AccessKey} is suspended; its administrator can enable it again",
        ObjectStoreFault.Denied => $"access denied ({Answer(thrown)}) to the user of the access key {options.AccessKey}; it needs to list, read, write and delete; see {options.Section}.access_key",
        ObjectStoreFault.MissingBucket => $"there is no bucket {options.Bucket}; make it, or see {options.Section}.bucket",
        ObjectStoreFault.WrongRegion => $"the bucket is not in the region {options.Region} ({Answer(thrown)}); see {options.Section}.region and endpoint",
        ObjectStoreFault.QuotaFull => $"the quota is used up ({Answer(thrown)}); nothing can be stored until its administrator raises it or data is deleted",
        ObjectStoreFault.Throttled => $"asked to slow down ({Answer(thrown)})",
        ObjectStoreFault.Unavailable => $"the store failed ({Answer(thrown)})",
        ObjectStoreFault.TornRequest => $"a request arrived there incomplete or damaged ({Answer(thrown)})",
        ObjectStoreFault.NoConnection => $"no connection ({Innermost(thrown)}); see {options.Section}.endpoint",
        _ => $"unexpected answer ({Answer(thrown)}: {thrown.Message})",
    };

    private static string Answer(Exception thrown) => thrown is AmazonServiceException e
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)e.StatusCode} {(string.IsNullOrEmpty(e.ErrorCode) ? e.StatusCode.ToString() : e.ErrorCode)}")
        : thrown.GetType().Name;

    private static string Innermost(Exception thrown)
    {
        while (thrown.InnerException is { } inner)
            thrown = inner;
        return thrown.Message;
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
