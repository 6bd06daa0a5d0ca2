namespace Triptych.Api.Grpc;

/// <summary>gRPC's status codes that this program answers with.</summary>
public enum GrpcStatus
{
    /// <summary>Success.</summary>
    Ok = 0,

    /// <summary>The client went away.</summary>
    Cancelled = 1,

    /// <summary>The request is not valid and will never be.</summary>
    InvalidArgument = 3,

    /// <summary>The deadline passed.</summary>
    DeadlineExceeded = 4,

    /// <summary>Something asked for does not exist.</summary>
    NotFound = 5,

    /// <summary>The caller may not.</summary>
    PermissionDenied = 7,

    /// <summary>Too large, without hope of success on another try.</summary>
    ResourceExhausted = 8,

    /// <summary>The method, or the way in which the message is encoded, is not known here.</summary>
    Unimplemented = 12,

    /// <summary>A bug.</summary>
    Internal = 13,

    /// <summary>Not now: try again.</summary>
    Unavailable = 14,

    /// <summary>The caller did not say who it is.</summary>
    Unauthenticated = 16,
}
