using Triptych.Storage.ObjectStore;

namespace Triptych.Server.Configuration;

/// <summary>What is wrong with the section <c>storage.object_store</c>, before anything is asked over the network.</summary>
internal static class ObjectStoreCheck
{
    private const string Storage = "storage.object_store";
    private const long MinPartBytes = 5 << 20;
    private const long MaxPartBytes = 1 << 30;

    /// <summary>Every problem, with the path of the option that it is about.</summary>
    public static IEnumerable<(string Path, string Message)> Find(ObjectStoreConfig store) =>
        store.Type == ObjectStoreType.Local ? FindLocal(store) : FindS3(store, Storage);

    /// <summary>Problems of the section <c>backup</c>, as far as a bucket has to do with it that a command names.</summary>
    public static IEnumerable<(string Path, string Message)> Find(BackupConfig backup, string bucket, string prefix) =>
        FindS3(backup.ToObjectStore(bucket, prefix), "backup");

    /// <summary>Problems of the section <c>backup</c> by itself: nothing, when it is not there.</summary>
    public static IEnumerable<(string Path, string Message)> Find(BackupConfig backup) =>
        backup.Endpoint.Length > 0 ? Find(backup, "bucket", "") : FindWithoutEndpoint(backup);

    private static IEnumerable<(string Path, string Message)> FindWithoutEndpoint(BackupConfig backup)
    {
        (string Key, string? Value)[] meant = [("access_key", backup.AccessKey), ("secret_key", backup.SecretKey), ("secret_key_file", backup.SecretKeyFile)];
        foreach (var (key, value) in meant)
        {
            if (!string.IsNullOrEmpty(value)) yield return ($"backup.{key}", $"backup.{key} is set, and backup.endpoint is not: without it the service and the credentials of storage.object_store are used");
        }
    }

    // Who sets a bucket and forgets the type would find the disk full of what was meant to be elsewhere.
    private static IEnumerable<(string Path, string Message)> FindLocal(ObjectStoreConfig store)
    {
        (string Key, string? Value)[] meantForS3 =
        [
            ("endpoint", store.Endpoint), ("bucket", store.Bucket), ("prefix", store.Prefix), ("access_key", store.AccessKey), ("secret_key", store.SecretKey),
            ("secret_key_file", store.SecretKeyFile), ("cache_dir", store.CacheDir),
        ];
        foreach (var (key, value) in meantForS3)
        {
            if (!string.IsNullOrEmpty(value)) yield return ($"{Storage}.{key}", $"{Storage}.{key} is set, and {Storage}.type is local: set it to s3");
        }
    }

    private static IEnumerable<(string Path, string Message)> FindS3(ObjectStoreConfig store, string section)
    {
        if (!IsEndpoint(store.Endpoint))
        {
            yield return ($"{section}.endpoint", $"{section}.endpoint \"{store.Endpoint}\" is not an http or https address without path, user or query, such as https://s3.eu-central-1.amazonaws.com");
        }

        if (store.Bucket.Length is < 3 or > 63 || !store.Bucket.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_'))
        {
            yield return ($"{section}.bucket", $"{section}.bucket \"{store.Bucket}\" is not the name of a bucket: 3 to 63 letters, digits, dots and dashes");
        }

        if (store.Prefix.Length > 0 && (!ObjectKey.IsValid(store.Prefix) || store.Prefix.Length > 200))
        {
            yield return ($"{section}.prefix", $"{section}.prefix \"{store.Prefix}\" is not parts of letters, digits and - _ . = joined by single slashes, 200 characters at most");
        }

        if (store.Region.Length == 0) yield return ($"{section}.region", $"{section}.region is empty");
        if (string.IsNullOrWhiteSpace(store.AccessKey)) yield return ($"{section}.access_key", $"{section}.access_key is not set");
        if (string.IsNullOrWhiteSpace(store.SecretKey) && string.IsNullOrEmpty(store.SecretKeyFile))
        {
            yield return ($"{section}.secret_key", $"neither {section}.secret_key nor secret_key_file is set");
        }

        if (store is { SecretKey: not null, SecretKeyFile: not null }) yield return ($"{section}.secret_key_file", $"{section}.secret_key and secret_key_file exclude each other");
        foreach (var problem in FindBounds(store, section)) yield return problem;
    }

    private static IEnumerable<(string Path, string Message)> FindBounds(ObjectStoreConfig store, string section)
    {
        if (store.Timeout <= TimeSpan.Zero) yield return ($"{section}.timeout", $"{section}.timeout has to be more than 0");
        if (store.MaxRetries is < 0 or > 100) yield return ($"{section}.max_retries", $"{section}.max_retries has to be from 0 to 100");
        if (store.MaxConnections < 1) yield return ($"{section}.max_connections", $"{section}.max_connections has to be at least 1");
        if (store.PartSize.Bytes is < MinPartBytes or > MaxPartBytes) yield return ($"{section}.part_size", $"{section}.part_size has to be from 5MiB to 1GiB");
        if (store.CacheDir?.Length == 0) yield return ($"{section}.cache_dir", $"{section}.cache_dir is empty");
    }

    private static bool IsEndpoint(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && uri is { Scheme: "http" or "https", UserInfo: "", Query: "", Fragment: "", AbsolutePath: "/", Host.Length: > 0 };
}
