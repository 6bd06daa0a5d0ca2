namespace Triptych.Storage.ObjectStore;

/// <summary>
/// What a key may look like: parts of ASCII letters, digits and <c>- _ . =</c> joined by single slashes, none of them starting with a dot,
/// at most 512 characters. So a key is a relative path that cannot leave its root, on disk and in S3 alike.
/// </summary>
public static class ObjectKey
{
    /// <summary>Longest key in characters.</summary>
    public const int MaxLength = 512;

    /// <summary>Whether the key may be used.</summary>
    public static bool IsValid(string? key)
    {
        if (string.IsNullOrEmpty(key) || key.Length > MaxLength)
            return false;
        var atStart = true;
        foreach (var c in key)
        {
            if (atStart && (c is '/' or '.'))
                return false;
            if (c != '/' && !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.' or '='))
                return false;
            atStart = c == '/';
        }

        return !atStart;
    }

    /// <summary>Throws <see cref="ArgumentException"/> for a key that may not be used: the program made it, so that is a bug.</summary>
    public static void Check(string? key)
    {
        if (!IsValid(key))
            throw new ArgumentException($"'{key}' is not a valid object key.", nameof(key));
    }
}
