using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Triptych.Api.Http;

/// <summary>The header that tells a client when to try again: whole seconds, at least one.</summary>
internal static class RetryAfterHeader
{
    /// <summary>Sets it; does nothing for null.</summary>
    public static void Set(HttpResponse response, TimeSpan? after)
    {
        if (after is { } wait) response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
    }
}
