namespace Triptych.Storage.ObjectStore;

/// <summary>Why a remote object store did not do what it was asked.</summary>
public enum ObjectStoreFault
{
    /// <summary>The access key is not known there.</summary>
    UnknownAccessKey,

    /// <summary>The signature is wrong: the secret key is another one.</summary>
    WrongSecretKey,

    /// <summary>The clocks of this host and of the store differ too much for signed requests.</summary>
    ClockSkew,

    /// <summary>The user is suspended.</summary>
    UserSuspended,

    /// <summary>The user may not do this.</summary>
    Denied,

    /// <summary>There is no such bucket.</summary>
    MissingBucket,

    /// <summary>The bucket lies in another region.</summary>
    WrongRegion,

    /// <summary>The user's or the bucket's quota is used up, or the store has no room.</summary>
    QuotaFull,

    /// <summary>Too many requests for now.</summary>
    Throttled,

    /// <summary>The store failed within (5xx).</summary>
    Unavailable,

    /// <summary>No connection, or one that broke before there was an answer.</summary>
    NoConnection,

    /// <summary>No complete answer in time.</summary>
    TimedOut,

    /// <summary>A request arrived there in part, or damaged.</summary>
    TornRequest,

    /// <summary>The answer ended before all of it was there.</summary>
    TornAnswer,

    /// <summary>An answer that is none of the others.</summary>
    Unexpected,
}

/// <summary>A remote object store failed. The message is one line that names endpoint, bucket and, where one can mend it, the setting.</summary>
/// <param name="fault">The kind.</param>
/// <param name="message">One line for people; no secrets.</param>
/// <param name="inner">What was thrown below.</param>
/// <param name="bytesRead">Of a torn answer: the bytes that arrived and may be used.</param>
public sealed class ObjectStoreException(ObjectStoreFault fault, string message, Exception? inner = null, int bytesRead = 0)
    : IOException(message, inner)
{
    /// <summary>The kind.</summary>
    public ObjectStoreFault Fault { get; } = fault;

    /// <summary>Of a torn answer to a ranged read: the bytes at the start of the buffer that are right.</summary>
    public int BytesRead { get; } = bytesRead;

    /// <summary>Whether the same request may well succeed a little later, with nobody having changed anything.</summary>
    public bool IsTransient => Fault is ObjectStoreFault.Throttled or ObjectStoreFault.Unavailable or ObjectStoreFault.NoConnection
        or ObjectStoreFault.TimedOut or ObjectStoreFault.TornRequest or ObjectStoreFault.TornAnswer;
}
