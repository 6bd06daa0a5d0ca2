using Microsoft.AspNetCore.Http;

namespace Triptych.Api.Prometheus;

/// <summary>The versions of remote write.</summary>
internal enum RemoteWriteVersion
{
    /// <summary><c>prometheus.WriteRequest</c>.</summary>
    V1,

    /// <summary><c>io.prometheus.write.v2.Request</c>.</summary>
    V2,
}

/// <summary>Which message a remote write carries, by its Content-Type; its Content-Encoding may only be snappy. No headers at all are version 1.</summary>
internal static class RemoteWriteForm
{
    private const string Version1 = "prometheus.WriteRequest";
    private const string Version2 = "io.prometheus.write.v2.Request";

    /// <summary>Reads the headers. Null when they say something usable, else what is wrong with them: status 415.</summary>
    public static string? Read(HttpRequest request, out RemoteWriteVersion version)
    {
        version = RemoteWriteVersion.V1;
        var encoding = request.Headers.ContentEncoding.ToString();
        if (encoding.Length > 0 && !encoding.Equals("snappy", StringComparison.OrdinalIgnoreCase))
        {
            return $"content encoding \"{encoding}\" is not supported: remote write is snappy";
        }

        var parts = (request.ContentType ?? "application/x-protobuf").Split(';', StringSplitOptions.TrimEntries);
        if (!parts[0].Equals("application/x-protobuf", StringComparison.OrdinalIgnoreCase)) return $"content type \"{parts[0]}\" is not application/x-protobuf";
        foreach (var parameter in parts.Skip(1))
        {
            if (!parameter.StartsWith("proto=", StringComparison.OrdinalIgnoreCase)) continue;
            var message = parameter[6..].Trim('"');
            if (message == Version2) version = RemoteWriteVersion.V2;
            else if (message == Version1) version = RemoteWriteVersion.V1;
            else return $"message {message} is not supported: send {Version1} (remote write 1.0) or {Version2} (remote write 2.0)";
        }

        return null;
    }
}
