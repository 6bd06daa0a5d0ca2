using System.Net;

namespace Triptych.Api.Hosting;

/// <summary>One port that the program listens on.</summary>
/// <param name="Setting">The configuration key that sets the port, named when it is taken.</param>
/// <param name="Address">Where it listens.</param>
/// <param name="Port">The port, never 0.</param>
/// <param name="Families">What it answers for.</param>
/// <param name="Purpose">One line for people.</param>
public sealed record Listener(string Setting, IPAddress Address, int Port, ApiFamily Families, string Purpose)
{
    /// <summary>Whether only this host can reach it.</summary>
    public bool IsLoopback => IPAddress.IsLoopback(Address);
}
