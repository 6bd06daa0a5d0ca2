using System.ComponentModel;
using Triptych.Collect.Scrape;

namespace Triptych.Collect.Forward;

/// <summary>A server that gets samples by remote write, in the words of a Prometheus file.</summary>
public sealed class RemoteWriteOptions
{
    /// <summary>Where.</summary>
    [Description("The URL, such as http://prometheus:9090/api/v1/write.")]
    public string Url { get; set; } = "";

    /// <summary>What it is called.</summary>
    [Description("What it is called in diagnostics; the URL's host otherwise.")]
    public string Name { get; set; } = "";

    /// <summary>How long a request may take.</summary>
    [Description("How long a request may take.")]
    public TimeSpan RemoteTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Headers of requests.</summary>
    [Description("Headers that each request gets.")]
    public Dictionary<string, string> Headers { get; set; } = [];

    /// <summary>Whether exemplars are sent.</summary>
    [Description("Whether exemplars are sent.")]
    public bool SendExemplars { get; set; }

    /// <summary>Whether native histograms are sent.</summary>
    [Description("Whether native histograms are sent.")]
    public bool SendNativeHistograms { get; set; }

    /// <summary>Basic authentication.</summary>
    [Description("Basic authentication.")]
    public BasicAuthOptions? BasicAuth { get; set; }

    /// <summary>A token.</summary>
    [Description("A token for the Authorization header.")]
    public AuthorizationOptions? Authorization { get; set; }

    /// <summary>What is wrong with it, or null.</summary>
    public string? FindProblem()
    {
        if (!Uri.TryCreate(Url, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            return "has no url of the form http://… or https://…";
        if (url.UserInfo.Length > 0) return "has a user in its url: say it in basic_auth, urls are shown";
        if (RemoteTimeout <= TimeSpan.Zero) return "has a remote_timeout of 0";
        if (BasicAuth is not null && Authorization is not null) return "has both basic_auth and authorization";
        return null;
    }
}
