using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Triptych.Collect.Syslog;

/// <summary>The certificates of a TLS port.</summary>
internal static class SyslogCertificates
{
    /// <summary>Reads them.</summary>
    /// <exception cref="IOException">A file cannot be read, or holds none; the message names it.</exception>
    public static SslServerAuthenticationOptions Load(SyslogOptions options)
    {
        var context = Read(options.CertFile, file =>
        {
            using var own = X509Certificate2.CreateFromPemFile(file, options.KeyFile);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(file);

            // TLS wants a key that is not only in memory of this object.
            var certificate = X509CertificateLoader.LoadPkcs12(own.Export(X509ContentType.Pkcs12), null);
            return SslStreamCertificateContext.Create(certificate, chain, offline: true);
        });
        var tls = new SslServerAuthenticationOptions { ServerCertificateContext = context };
        if (options.ClientCaFile.Length == 0) return tls;
        var authorities = Read(options.ClientCaFile, file =>
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPemFile(file);
            return certificates.Count > 0 ? certificates : throw new CryptographicException("it holds no certificate");
        });
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        policy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.2"));
        tls.ClientCertificateRequired = true;
        tls.CertificateChainPolicy = policy;
        return tls;
    }

    private static T Read<T>(string file, Func<string, T> read)
    {
        try
        {
            return read(file);
        }
        catch (Exception e) when (e is CryptographicException or UnauthorizedAccessException or IOException or ArgumentException)
        {
            throw new IOException($"the certificate in {file} cannot be used: {e.Message}", e);
        }
    }
}
